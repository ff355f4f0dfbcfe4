package systemtest

import (
	"context"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
)

// memberDir, memberAddress and memberRoute make of this test program one server of the cluster that the configuration
// describes.
const (
	memberDir     = "BAOXUE_TEST_MEMBER_DIR"
	memberAddress = "BAOXUE_TEST_MEMBER_ADDRESS"
	memberRoute   = "BAOXUE_TEST_MEMBER_ROUTE"
)

func serveMember(dir, address, route string) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	options, err := server.ProcessConfigFile("../nats/cluster.conf")
	if err != nil {
		panic(err)
	}
	options.StoreDir, options.NoSigs = dir, true
	options.Host, options.Port = hostAndPort(address)
	options.Cluster.Host, options.Cluster.Port = hostAndPort(route)
	member, err := server.NewServer(options)
	if err != nil {
		panic(err)
	}
	member.ConfigureLogger()
	member.Start()
	<-ctx.Done()
	member.Shutdown()
	member.WaitForShutdown()
}

func hostAndPort(address string) (string, int) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		panic(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		panic(err)
	}
	return host, n
}

// brokers are three servers that keep the events together, as deploy/nats says how.
func brokers(t *testing.T) (members []*process, url string) {
	t.Helper()
	var addresses, routes, urls, known []string
	for range 3 {
		address, route := freeAddress(t), freeAddress(t)
		addresses, routes = append(addresses, address), append(routes, route)
		urls, known = append(urls, "nats://baoxue:one@"+address), append(known, "nats-route://route:between@"+route)
	}
	for i, address := range addresses {
		members = append(members, start(t, []string{
			memberDir + "=" + openTemp(t), memberAddress + "=" + address, memberRoute + "=" + routes[i],
			"BAOXUE_NATS_NAME=baoxue-" + strconv.Itoa(i), "BAOXUE_NATS_ROUTES=[" + strings.Join(known, ", ") + "]",
			"BAOXUE_NATS_PASSWORD=one", "BAOXUE_NATS_ROUTE_PASSWORD=between", "UPLOAD_NATS_PASSWORD=two",
		}, os.Args[0]))
		listening(t, address)
	}
	url = strings.Join(urls, ",")
	// Who comes before they have chosen one that leads ends, and is started again by whoever looks after it.
	for ctx := testkit.Context(t); ; {
		b, err := bus.Connect(ctx, bus.Options{URL: url, Name: "test", Replicas: len(members), Log: quiet})
		if err == nil {
			b.Close()
			return members, url
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// Each of the three servers that keep the events is killed alone while clerks save, and a month is closed without it:
// two of three are enough. Afterwards nothing that was answered is lost, and every event is applied once.
func TestTheEventsOutliveOneOfThreeServers(t *testing.T) {
	ctx, database := testkit.Context(t), testkit.Postgres(t)
	members, url := brokers(t)
	s := stage(t, separateOn(t, database, url, database.DSNAs, "BAOXUE_STREAM_REPLICAS=3"))
	month := time.Now().In(time.FixedZone("Asia/Shanghai", 8*60*60)).Format("2006-01")
	l := begin(ctx, s.county)
	for _, member := range members {
		l.answers(ctx, 80)
		member.kill()
		l.answers(ctx, 80)
		if _, err := s.province.closeMonth(month); err != nil {
			t.Errorf("without one of three: %v", err)
		}
		member.start()
	}
	l.answers(ctx, 80)
	l.end()
	l.compare(s.county)
	closeAndCompare(t, s.province)
}
