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

	"github.com/nats-io/nats-server/v2/server"

	"baoxue.internal/pkg/bus"
	"baoxue.internal/pkg/testkit"
)

// memberDir makes of this test program one server of the cluster that the configuration describes, at addresses of
// its own for clients, for the other two and for whoever asks how it is.
const (
	memberDir     = "BAOXUE_TEST_MEMBER_DIR"
	memberAddress = "BAOXUE_TEST_MEMBER_ADDRESS"
	memberRoute   = "BAOXUE_TEST_MEMBER_ROUTE"
	memberHealth  = "BAOXUE_TEST_MEMBER_HEALTH"
)

func serveMember(dir string) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	options, err := server.ProcessConfigFile("../nats/cluster.conf")
	if err != nil {
		panic(err)
	}
	options.StoreDir, options.NoSigs = dir, true
	options.Host, options.Port = addressOf(memberAddress)
	options.Cluster.Host, options.Cluster.Port = addressOf(memberRoute)
	options.HTTPHost, options.HTTPPort = addressOf(memberHealth)
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

func addressOf(variable string) (string, int) {
	host, port, err := net.SplitHostPort(os.Getenv(variable))
	if err != nil {
		panic(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		panic(err)
	}
	return host, n
}

// member is one of three servers that keep the events together.
type member struct {
	*process
	health string
}

// whole waits until it has all that the others have.
func (m member) whole() {
	m.t.Helper()
	waitFor(m.t, "http://"+m.health+"/healthz")
}

// brokers are three, as deploy/nats says how, with a stream of which there is one copy.
func brokers(t *testing.T) (members []member, url string) {
	t.Helper()
	var routes, addresses, known, urls []string
	for range 3 {
		address, route := freeAddress(t), freeAddress(t)
		addresses, routes = append(addresses, address), append(routes, route)
		urls, known = append(urls, "nats://baoxue:one@"+address), append(known, "nats-route://route:between@"+route)
	}
	for i, address := range addresses {
		health := freeAddress(t)
		members = append(members, member{start(t, []string{
			memberDir + "=" + openTemp(t), memberAddress + "=" + address, memberRoute + "=" + routes[i], memberHealth + "=" + health,
			"BAOXUE_NATS_NAME=baoxue-" + strconv.Itoa(i), "BAOXUE_NATS_ROUTES=[" + strings.Join(known, ", ") + "]",
			"BAOXUE_NATS_PASSWORD=one", "BAOXUE_NATS_ROUTE_PASSWORD=between", "UPLOAD_NATS_PASSWORD=two",
		}, os.Args[0]), health})
	}
	for _, m := range members {
		m.whole()
	}
	url = strings.Join(urls, ",")
	b, err := bus.Connect(testkit.Context(t), bus.Options{URL: url, Name: "test", Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	b.Close()
	return members, url
}

// Each of the three servers that keep the events is killed alone while clerks save, and a month is closed without it:
// two of three are enough. Afterwards nothing that was answered is lost, and every event is applied once.
func TestTheEventsOutliveOneOfThreeServers(t *testing.T) {
	ctx, database := testkit.Context(t), testkit.Postgres(t)
	members, url := brokers(t)
	s := stage(t, separateOn(t, database, url, database.DSNAs, "BAOXUE_STREAM_REPLICAS=3"))
	month := thisMonth()
	l := begin(ctx, s.county)
	for _, m := range members {
		l.answers(ctx, 80)
		m.kill()
		l.answers(ctx, 80)
		if _, err := s.province.closeMonth(month); err != nil {
			t.Errorf("without one of three: %v", err)
		}
		m.start()
		m.whole()
	}
	l.answers(ctx, 80)
	l.end()
	l.compare(s.county)
	closeAndCompare(t, s.province)
}
