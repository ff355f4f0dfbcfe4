package pg

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgxpool"
)

// WarnIfUnbound logs a warning when the pool's role is one that row-level security
// does not bind: the service works, without its second line of defence.
func WarnIfUnbound(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) error {
	var role string
	var unbound bool
	err := pool.QueryRow(ctx, "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user").Scan(&role, &unbound)
	if err != nil {
		return fmt.Errorf("row-level security of this role: %w", err)
	}
	if unbound {
		log.WarnContext(ctx, "row-level security does not bind this database role; give the service a role that is no superuser", "role", role)
	}
	return nil
}
