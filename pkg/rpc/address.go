package rpc

import (
	"context"
	"net/netip"
	"slices"

	"google.golang.org/grpc/peer"
)

// clientAddressHeader is the metadata key of the address that a call began at.
const clientAddressHeader = "x-client-address"

type clientAddressKey struct{}

// ClientAddress returns the network address that the request being served began
// at, or "" when that is not known.
func ClientAddress(ctx context.Context) string {
	address, _ := ctx.Value(clientAddressKey{}).(string)
	return address
}

// WithClientAddress returns a context whose outgoing calls carry the address.
func WithClientAddress(ctx context.Context, address string) context.Context {
	return context.WithValue(ctx, clientAddressKey{}, address)
}

// clientAddress is the peer's own address, unless the peer is trusted to speak
// for somebody else and does.
func clientAddress(ctx context.Context, trusted []netip.Prefix) string {
	own := netip.Addr{}
	if p, ok := peer.FromContext(ctx); ok && p.Addr != nil {
		// A Unix socket has no such address: its peer is of this machine.
		if at, err := netip.ParseAddrPort(p.Addr.String()); err == nil {
			own = at.Addr().Unmap()
		}
	}
	local := !own.IsValid() || own.IsLoopback()
	if local || slices.ContainsFunc(trusted, func(n netip.Prefix) bool { return n.Contains(own) }) {
		if told, err := netip.ParseAddr(incoming(ctx, clientAddressHeader)); err == nil {
			return told.String()
		}
	}
	if !own.IsValid() {
		return ""
	}
	return own.String()
}
