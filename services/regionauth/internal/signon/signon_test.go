package signon_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"baoxue.internal/pkg/testkit"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/signon"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// A provider that hangs is asked once for all who want to sign on, and nobody waits beyond their own deadline.
func TestAProviderThatHangsIsAskedOnce(t *testing.T) {
	var asked atomic.Int32
	wake := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		<-wake
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer hangs.Close()
	provider, err := signon.New(signon.Config{Issuer: hangs.URL, ClientID: "baoxue", RedirectURL: "https://ledger.example/signed-on"})
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Close()
	try := func(ctx context.Context) error {
		_, err := provider.AuthorizationURL(ctx, "state", "nonce", "verifier")
		return err
	}

	patient := make(chan error)
	go func() { patient <- try(testkit.Context(t)) }()
	for range 3 {
		ctx, cancel := context.WithTimeout(testkit.Context(t), 10*time.Millisecond)
		if err := try(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("answered %v", err)
		}
		cancel()
	}
	close(wake)
	if err := <-patient; !errors.Is(err, app.ErrProviderUnavailable) {
		t.Errorf("answered %v", err)
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
}
