package systemtest

import (
	"os"
	"testing"

	"baoxue.internal/deploy/standalone"
)

// staged is a system with a ledger, and a county whose clerks work on it.
type staged struct {
	*system
	province, county overREST
}

func stage(t *testing.T, s *system) staged {
	t.Helper()
	as := func(user string) overREST { return overREST{t, s.http, s.login(t, user)} }
	d := staged{system: s, province: as(standalone.DemoUsers[0].Username), county: as("xihu")}
	book, _ := generated(t, 3000, 78)
	d.province.importFile("下发台账.xlsx", book)
	return d
}

// parts is one of which each program, the broker and the database is a process of its own.
type parts struct {
	staged
	broker   *process
	database *powerless
}

func apart(t *testing.T) *parts {
	t.Helper()
	database, address := newPowerless(t), freeAddress(t)
	broker := start(t, []string{brokerDir + "=" + openTemp(t), brokerAddress + "=" + address}, os.Args[0])
	return &parts{stage(t, separateOn(t, database.cluster, "nats://"+address, database.dsn)), broker, database}
}
