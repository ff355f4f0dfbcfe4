package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"baoxue.internal/pkg/audit"
	"baoxue.internal/pkg/pg"
	"baoxue.internal/services/regionauth/internal/app"
	"baoxue.internal/services/regionauth/internal/domain"
	"baoxue.internal/services/regionauth/internal/store/db"
)

func accountOf(a db.ServiceAccount) domain.ServiceAccount {
	return domain.ServiceAccount{
		Name: a.Name, DisplayName: a.DisplayName, Scopes: a.Scopes, Region: a.RegionCode, CertificateIdentity: a.CertificateIdentity,
		ExpiresAt: timeOf(a.ExpiresAt), LastUsedAt: timeOf(a.LastUsedAt), CreatedAt: a.CreatedAt, Disabled: a.DisabledAt != nil,
	}
}

// subjectOf is whom an account's tokens name.
func subjectOf(account string) string { return "service:" + account }

func accountRefusal(err error) error {
	switch {
	case pg.IsUniqueViolation(err, "service_accounts_pkey"):
		return app.ErrNameTaken
	case pg.IsUniqueViolation(err, "service_accounts_certificate_key"):
		return app.ErrCertificateTaken
	}
	return err
}

// ListAccounts implements app.AccountStore.
func (s *Store) ListAccounts(ctx context.Context, after string, most int) ([]domain.ServiceAccount, error) {
	rows, err := db.New(s.pool).ListAccounts(ctx, db.ListAccountsParams{After: after, Most: int32(most)})
	if err != nil {
		return nil, fmt.Errorf("service accounts: %w", err)
	}
	accounts := make([]domain.ServiceAccount, len(rows))
	for i, r := range rows {
		accounts[i] = accountOf(r)
	}
	return accounts, nil
}

// CreateAccount implements app.AccountStore.
func (s *Store) CreateAccount(ctx context.Context, a domain.ServiceAccount, secret [32]byte) (domain.ServiceAccount, error) {
	created, err := pg.InTxValue(ctx, s.pool, func(tx pgx.Tx) (db.ServiceAccount, error) {
		q := db.New(tx)
		created, err := q.InsertAccount(ctx, db.InsertAccountParams{
			Name: a.Name, DisplayName: a.DisplayName, Scopes: a.Scopes, RegionCode: a.Region,
			CertificateIdentity: a.CertificateIdentity, ExpiresAt: nullOf(a.ExpiresAt),
		})
		if err != nil {
			return db.ServiceAccount{}, err
		}
		if err := audit.Append(ctx, tx, accountWith("account.create", a)); err != nil {
			return db.ServiceAccount{}, err
		}
		return created, q.InsertSecret(ctx, db.InsertSecretParams{Digest: secret[:], Account: a.Name})
	})
	if err != nil {
		return domain.ServiceAccount{}, fmt.Errorf("creating a service account: %w", accountRefusal(err))
	}
	return accountOf(created), nil
}

// changeAccount locks an account and hands it to act.
func (s *Store) changeAccount(ctx context.Context, what, name string, act func(tx pgx.Tx, q *db.Queries, a domain.ServiceAccount) (db.ServiceAccount, error)) (domain.ServiceAccount, error) {
	changed, err := pg.InTxValue(ctx, s.pool, func(tx pgx.Tx) (db.ServiceAccount, error) {
		q := db.New(tx)
		locked, err := q.LockAccount(ctx, name)
		if errors.Is(err, pgx.ErrNoRows) {
			return db.ServiceAccount{}, domain.ErrNoAccount
		}
		if err != nil {
			return db.ServiceAccount{}, err
		}
		if locked.DisabledAt != nil {
			return db.ServiceAccount{}, domain.ErrAccountDisabled
		}
		return act(tx, q, accountOf(locked))
	})
	if err != nil {
		return domain.ServiceAccount{}, fmt.Errorf("%s: %w", what, accountRefusal(err))
	}
	return accountOf(changed), nil
}

// revokeAccount makes an account's tokens stop counting. Its row is locked: who
// was given one before took an earlier time.
func (s *Store) revokeAccount(ctx context.Context, q *db.Queries, name string) error {
	return q.Revoke(ctx, db.RevokeParams{Subject: subjectOf(name), IssuedBefore: s.now()})
}

// UpdateAccount implements app.AccountStore.
func (s *Store) UpdateAccount(ctx context.Context, name string, change func(domain.ServiceAccount) (domain.ServiceAccount, error)) (domain.ServiceAccount, error) {
	return s.changeAccount(ctx, "changing a service account", name, func(tx pgx.Tx, q *db.Queries, was domain.ServiceAccount) (db.ServiceAccount, error) {
		a, err := change(was)
		if err != nil {
			return db.ServiceAccount{}, err
		}
		if a.Region != was.Region || !slices.Equal(a.Scopes, was.Scopes) {
			if err := s.revokeAccount(ctx, q, name); err != nil {
				return db.ServiceAccount{}, err
			}
		}
		if err := audit.Append(ctx, tx, accountWith("account.update", a)); err != nil {
			return db.ServiceAccount{}, err
		}
		return q.UpdateAccount(ctx, db.UpdateAccountParams{
			Name: name, DisplayName: a.DisplayName, Scopes: a.Scopes, RegionCode: a.Region,
			CertificateIdentity: a.CertificateIdentity, ExpiresAt: nullOf(a.ExpiresAt),
		})
	})
}

// RotateSecret implements app.AccountStore.
func (s *Store) RotateSecret(ctx context.Context, name string, secret [32]byte, overlap time.Duration) error {
	_, err := s.changeAccount(ctx, "rotating a secret", name, func(tx pgx.Tx, q *db.Queries, a domain.ServiceAccount) (db.ServiceAccount, error) {
		if err := q.ExpireSecrets(ctx, db.ExpireSecretsParams{Account: name, At: s.now().Add(overlap)}); err != nil {
			return db.ServiceAccount{}, err
		}
		// Nobody does so without a gap but for a secret that others know.
		if overlap == 0 {
			if err := s.revokeAccount(ctx, q, name); err != nil {
				return db.ServiceAccount{}, err
			}
		}
		if err := audit.Append(ctx, tx, onAccount("account.rotate", a)); err != nil {
			return db.ServiceAccount{}, err
		}
		return db.ServiceAccount{}, q.InsertSecret(ctx, db.InsertSecretParams{Digest: secret[:], Account: name})
	})
	return err
}

// DisableAccount implements app.AccountStore.
func (s *Store) DisableAccount(ctx context.Context, name, reason string) (domain.ServiceAccount, error) {
	return s.changeAccount(ctx, "disabling a service account", name, func(tx pgx.Tx, q *db.Queries, a domain.ServiceAccount) (db.ServiceAccount, error) {
		if err := s.revokeAccount(ctx, q, name); err != nil {
			return db.ServiceAccount{}, err
		}
		if err := audit.Append(ctx, tx, because(onAccount("account.disable", a), reason)); err != nil {
			return db.ServiceAccount{}, err
		}
		return q.DisableAccount(ctx, db.DisableAccountParams{Name: name, At: s.now(), Reason: reason})
	})
}

// AccountBySecret implements app.AccountStore.
func (s *Store) AccountBySecret(ctx context.Context, secret [32]byte) (name string, ok bool, err error) {
	name, err = db.New(s.pool).AccountBySecret(ctx, db.AccountBySecretParams{Digest: secret[:], Now: s.now()})
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("service account: %w", err)
	}
	return name, true, nil
}

// AccountsByCertificate implements app.AccountStore.
func (s *Store) AccountsByCertificate(ctx context.Context, identities []string) ([]string, error) {
	names, err := db.New(s.pool).AccountsByCertificate(ctx, identities)
	if err != nil {
		return nil, fmt.Errorf("service account: %w", err)
	}
	return names, nil
}

// UseAccount implements app.AccountStore.
func (s *Store) UseAccount(ctx context.Context, name string, at time.Time) (a domain.ServiceAccount, ok bool, err error) {
	err = pg.InTx(ctx, s.pool, func(tx pgx.Tx) error {
		a, ok = domain.ServiceAccount{}, false
		used, err := db.New(tx).UseAccount(ctx, db.UseAccountParams{Name: name, At: at})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		a, ok = accountOf(used), true
		return audit.Append(ctx, tx, byAccount("account.token", a))
	})
	if err != nil {
		return domain.ServiceAccount{}, false, fmt.Errorf("service account: %w", err)
	}
	return a, ok, nil
}
