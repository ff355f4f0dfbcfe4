package pg_test

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"baoxue.internal/pkg/testkit"
)

// What was sent to a machine that is gone is repeated for half a minute, not for a quarter of an hour.
func TestAServerThatFallsSilentIsGivenUp(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close() //nolint:errcheck // nothing was sent
	conn, err := database(t).Config().ConnConfig.DialFunc(testkit.Context(t), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing was sent
	socket, err := conn.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var milliseconds int
	if controlErr := socket.Control(func(fd uintptr) {
		milliseconds, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
	}); controlErr != nil || err != nil || milliseconds != 30_000 {
		t.Errorf("after %d ms; %v, %v", milliseconds, controlErr, err)
	}
}
