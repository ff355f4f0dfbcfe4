package pg

import (
	"net"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// connectWithin bounds an attempt to reach one of an address's hosts; the next is tried then.
	connectWithin = 10 * time.Second
	// lostAfter is how long nothing may come of what was sent to a server.
	lostAfter = 30 * time.Second
)

// dialer's connections end when the server's machine is gone without a word, for want of power or of the
// network. Else what was sent to it would be repeated for a quarter of an hour, and who has no deadline,
// such as a consumer of events, would wait for that, though another server had taken over long ago.
func dialer(within time.Duration) *net.Dialer {
	return &net.Dialer{
		Timeout:         within,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: lostAfter / 2, Interval: lostAfter / 6, Count: 3},
		Control:         giveUp,
	}
}

// giveUp has the system end a connection whose other end leaves unacknowledged what it is sent.
func giveUp(network, _ string, socket syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var failed error
	err := socket.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(lostAfter.Milliseconds()))
	})
	if err != nil {
		return err
	}
	return failed
}
