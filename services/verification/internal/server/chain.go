package server

import (
	"context"
	"encoding/hex"

	"google.golang.org/grpc"

	"baoxue.internal/pkg/audit/links"
	verificationv1 "baoxue.internal/proto/gen/baoxue/verification/v1"
)

// ChainReader reads the findings' chains.
type ChainReader interface {
	// ExportChain calls yield with the links in order of entry and revision, from one
	// consistent view.
	ExportChain(ctx context.Context, yield func([]links.Line) error) error
}

// Chain implements FindingChainService.
type Chain struct {
	verificationv1.UnimplementedFindingChainServiceServer
	Store ChainReader
}

// ExportFindingChain implements FindingChainService.
func (s *Chain) ExportFindingChain(_ *verificationv1.ExportFindingChainRequest, stream grpc.ServerStreamingServer[verificationv1.ExportFindingChainResponse]) error {
	return s.Store.ExportChain(stream.Context(), func(lines []links.Line) error {
		resp := &verificationv1.ExportFindingChainResponse{Links: make([]*verificationv1.FindingLink, len(lines))}
		for i, l := range lines {
			digest, err := hex.DecodeString(l.Digest)
			if err != nil {
				return err
			}
			resp.Links[i] = &verificationv1.FindingLink{Content: l.Content, Algorithm: l.Algorithm, Digest: digest}
		}
		return stream.Send(resp)
	})
}
