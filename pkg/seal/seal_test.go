package seal_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"baoxue.internal/pkg/pg"
	"baoxue.internal/pkg/seal"
	"baoxue.internal/pkg/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

func database(t *testing.T) *pgxpool.Pool {
	t.Helper()
	dsn := testkit.Database(t, "seal", func(ctx context.Context, dsn string) error {
		return pg.Migrate(ctx, dsn, seal.Migrations, seal.MigrationsDir)
	})
	pool, err := pg.Open(testkit.Context(t), dsn, pg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func open(t *testing.T, pool *pgxpool.Pool, file string, a seal.Algorithm) *seal.Keyring {
	t.Helper()
	master, err := seal.CreateMaster(file, a)
	if err != nil {
		t.Fatal(err)
	}
	k, err := seal.Open(testkit.Context(t), pool, master)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestWhatIsSealedIsReadInItsPlaceOnly(t *testing.T) {
	for _, a := range []seal.Algorithm{seal.AES, seal.SM4} {
		t.Run(string(a), func(t *testing.T) {
			k := open(t, database(t), filepath.Join(t.TempDir(), "keys", "master.json"), a)
			rapid.Check(t, func(t *rapid.T) {
				text, place, other := rapid.String().Draw(t, "text"), rapid.String().Draw(t, "place"), rapid.String().Draw(t, "other")
				sealed, err := k.Seal(text, place)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := k.Unseal(sealed, place); err != nil || got != text {
					t.Fatalf("%q, %v", got, err)
				}
				if text == "" {
					return
				}
				if len(text) > 3 && bytes.Contains(sealed, []byte(text)) {
					t.Fatal("the text is in what was sealed")
				}
				if again, err := k.Seal(text, place); err != nil || bytes.Equal(again, sealed) {
					t.Fatal("equal texts can be told from others", err)
				}
				if got, err := k.Unseal(sealed, other); other != place && err == nil {
					t.Fatalf("read in another place: %q", got)
				}
				at := rapid.IntRange(0, len(sealed)-1).Draw(t, "bit")
				sealed[at] ^= 1
				if got, err := k.Unseal(sealed, place); err == nil {
					t.Fatalf("read although byte %d was changed: %q", at, got)
				}
			})
		})
	}
}

func TestIndexesAreEqualForEqualTextsOfOnePurpose(t *testing.T) {
	dir, pool := t.TempDir(), database(t)
	k := open(t, pool, filepath.Join(dir, "a.json"), seal.AES)
	other := open(t, database(t), filepath.Join(dir, "b.json"), seal.AES)
	rapid.Check(t, func(t *rapid.T) {
		purpose, text := rapid.StringMatching(`[a-z]{0,3}`).Draw(t, "purpose"), rapid.StringMatching(`[a-z]{0,3}`).Draw(t, "text")
		purpose2, text2 := rapid.StringMatching(`[a-z]{0,3}`).Draw(t, "purpose"), rapid.StringMatching(`[a-z]{0,3}`).Draw(t, "text")
		same := purpose == purpose2 && text == text2
		if got := bytes.Equal(k.Index(purpose, text), k.Index(purpose2, text2)); got != same {
			t.Fatalf("%q %q, %q %q: equal %v", purpose, text, purpose2, text2, got)
		}
		if bytes.Equal(k.Index(purpose, text), other.Index(purpose, text)) {
			t.Fatal("another key gives the same")
		}
	})
}

func TestRotationWhileRunning(t *testing.T) {
	pool, file := database(t), filepath.Join(t.TempDir(), "master.json")
	here, there := open(t, pool, file, seal.AES), open(t, pool, file, seal.AES)
	old, err := here.Seal("330102199801011234", "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := here.Rotate(testkit.Context(t)); err != nil {
		t.Fatal(err)
	}
	fresh, err := here.Seal("330102199801011234", "x")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(old[:5], fresh[:5]) {
		t.Error("the new key does not seal")
	}
	// A process that has not heard of the new key learns of it.
	for _, sealed := range [][]byte{old, fresh} {
		if got, err := there.Unseal(sealed, "x"); err != nil || got != "330102199801011234" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestANewMasterKeyIsTakenOverWhileRunning(t *testing.T) {
	pool, file, ctx := database(t), filepath.Join(t.TempDir(), "master.json"), testkit.Context(t)
	here, there := open(t, pool, file, seal.AES), open(t, pool, file, seal.AES)
	old, err := here.Seal("330102199801011234", "x")
	if err != nil {
		t.Fatal(err)
	}
	if master, wrapped, err := here.Renew(ctx); master != "m1" || wrapped != 0 || err != nil {
		t.Errorf("without a new one: %s, %d, %v", master, wrapped, err)
	}
	if err := seal.RotateMaster(file); err != nil {
		t.Fatal(err)
	}
	if master, wrapped, err := here.Renew(ctx); master != "m2" || wrapped != 1 || err != nil {
		t.Fatalf("%s, %d, %v", master, wrapped, err)
	}
	fresh, err := here.Seal("330102199801011234", "x")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(old[:5], fresh[:5]) {
		t.Error("the data key is the old one")
	}
	// A process that has not looked into the file yet, and one that starts with the old key
	// taken out of it.
	withoutFirst(t, file)
	for name, k := range map[string]*seal.Keyring{"another": there, "a new one": open(t, pool, file, seal.AES)} {
		for _, sealed := range [][]byte{fresh, old} {
			if got, err := k.Unseal(sealed, "x"); err != nil || got != "330102199801011234" {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
	if _, wrapped, err := there.Renew(ctx); wrapped != 0 || err != nil {
		t.Errorf("the slower one: %d, %v", wrapped, err)
	}
	if err := seal.RotateMaster(file); err != nil {
		t.Fatal(err)
	}
	if master, wrapped, err := there.Renew(ctx); master != "m3" || wrapped != 2 || err != nil {
		t.Errorf("the third: %s, %d, %v", master, wrapped, err)
	}
	if !bytes.Equal(here.Index("x", "y"), there.Index("x", "y")) {
		t.Error("what was found before is not found any more")
	}
}

// withoutFirst takes the first master key out of a key file.
func withoutFirst(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var content map[string]any
	if err := json.Unmarshal(text, &content); err != nil {
		t.Fatal(err)
	}
	content["keys"] = content["keys"].([]any)[1:]
	if text, err = json.Marshal(content); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTheKeyFile(t *testing.T) {
	pool, dir := database(t), t.TempDir()
	file := filepath.Join(dir, "master.json")
	open(t, pool, file, seal.AES)
	another, err := seal.CreateMaster(filepath.Join(dir, "another.json"), seal.AES)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Open(testkit.Context(t), pool, another); err == nil || !strings.Contains(err.Error(), "not its key file") {
		t.Errorf("with another file: %v", err)
	}
	if _, err := seal.LoadMaster(filepath.Join(dir, "none.json")); err == nil {
		t.Error("without a file")
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.LoadMaster(file); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a file that others read: %v", err)
	}
}

func BenchmarkSeal(b *testing.B) {
	pool, err := pg.Open(b.Context(), testkit.Database(b, "seal", func(ctx context.Context, dsn string) error {
		return pg.Migrate(ctx, dsn, seal.Migrations, seal.MigrationsDir)
	}), pg.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	for _, a := range []seal.Algorithm{seal.AES, seal.SM4} {
		master, err := seal.CreateMaster(filepath.Join(b.TempDir(), "m.json"), a)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := pool.Exec(b.Context(), "TRUNCATE data_keys"); err != nil {
			b.Fatal(err)
		}
		k, err := seal.Open(b.Context(), pool, master)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(string(a), func(b *testing.B) {
			for b.Loop() {
				if _, err := k.Seal("330102199801011234", "place"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
