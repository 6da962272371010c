package order

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/hostid"
	"github.com/licet/licet/internal/store"
)

// activation is a row of an activation: what it has beside its token.
type activation struct {
	bun.BaseModel `bun:"table:order_activations,alias:activation"`

	TokenID        int64       `bun:"token_id,pk"`
	LicenseID      int64       `bun:"license_id"`
	SentDigest     string      `bun:"sent_digest"`
	HostIDs        string      `bun:"hostids"`
	MachineID      string      `bun:"machine_id"`
	ClientID       string      `bun:"client_id"`
	Since          entity.Time `bun:"since"`
	Pool           string      `bun:"pool"`
	Ready          bool        `bun:"ready"`
	Content        string      `bun:"content"`
	Filename       string      `bun:"filename"`
	Expiration     entity.Time `bun:"expiration"`
	MaintenanceEnd entity.Time `bun:"maintenance_end"`

	Token   *entity.LicenseToken `bun:"rel:belongs-to,join:token_id=id"`
	License *entity.License      `bun:"rel:belongs-to,join:license_id=id"`
}

// failure is why the license of a machine could not be made.
type failure struct {
	bun.BaseModel `bun:"table:order_failures,alias:failure"`

	ID         int64       `bun:"id,pk,autoincrement"`
	LicenseID  int64       `bun:"license_id"`
	Digest     string      `bun:"digest"`
	SentDigest string      `bun:"sent_digest"`
	HostIDs    string      `bun:"hostids"`
	AskedAt    entity.Time `bun:"asked_at"`
	Message    string      `bun:"message"`
	CreatedAt  entity.Time `bun:"created_at"`
}

// hostIDs reads the text of a frozen set.
func hostIDs(text string) ([]hostid.HostID, error) {
	if text == "" {
		return nil, nil
	}
	ids, err := hostid.ParseText("hostids", text)
	if err != nil {
		return nil, fmt.Errorf("read stored HostIDs: %w", errors.New(err.Error())) // nobody's request is at fault
	}
	return ids, nil
}

// find finds the activation of a machine with its token, or store.ErrNoRow.
func (id ident) find(ctx context.Context, db bun.IDB, licenseID int64) (*activation, error) {
	row := new(activation)
	query := func() *bun.SelectQuery { return db.NewSelect().Model(row).Relation("Token") }
	// What is kept by the rules of now; what was kept by earlier ones, and is known
	// to who asks; all that was sent then. Sorted so, the first is the one.
	err := query().Where("token.license_id = ?", licenseID).Where("token.kind = ?", entity.PoolActivation).
		Where("token.machine_id IN (?, ?)", id.digest, id.sent).Where("token.client_id = ''").
		OrderExpr("token.machine_id = ? DESC", id.digest).Limit(1).Scan(ctx)
	if errors.Is(store.Normalise(err), store.ErrNoRow) {
		err = query().Where("activation.license_id = ?", licenseID).Where("activation.sent_digest = ?", id.sent).
			OrderExpr("activation.token_id").Limit(1).Scan(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("find an activation: %w", store.Normalise(err))
	}
	return row, nil
}

// failures are why the license of a machine could not be made; none where it
// could, or was not asked for.
func (id ident) failures(ctx context.Context, db bun.IDB, licenseID int64) ([]failure, error) {
	var rows []failure
	err := db.NewSelect().Model(&rows).Where("license_id = ?", licenseID).
		Where("digest = ? OR sent_digest = ?", id.digest, id.sent).Order("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for failures: %w", store.Normalise(err))
	}
	return rows, nil
}

func (id ident) forget(ctx context.Context, tx *store.Tx, licenseID int64) error {
	_, err := tx.NewDelete().Model((*failure)(nil)).Where("license_id = ?", licenseID).
		Where("digest = ? OR sent_digest = ?", id.digest, id.sent).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget failures: %w", err)
	}
	return nil
}

// shown shows an activation that has its token.
func (a *activation) shown(key string) (Activation, error) {
	ids, err := hostIDs(a.HostIDs)
	return Activation{
		ID: a.TokenID, Key: key, Time: a.Token.IssueDate, Expiration: a.Expiration, MaintenanceEnd: a.MaintenanceEnd,
		HostIDs: ids, Content: a.Content, Filename: a.Filename,
	}, err
}

func (a *activation) generated(key string) (*Generated, error) {
	shown, err := a.shown(key)
	if err != nil {
		return nil, err
	}
	g := &Generated{Activation: shown, State: InProgress, Requested: a.Token.IssueDate}
	if a.Ready {
		g.State = Success
	}
	return g, nil
}

// failed shows the failures of one machine; there is at least one.
func failed(key string, rows []failure) (*Generated, error) {
	ids, err := hostIDs(rows[0].HostIDs)
	g := &Generated{Activation: Activation{Key: key, HostIDs: ids}, State: Failed, Requested: rows[0].AskedAt}
	for _, f := range rows {
		g.Errors = append(g.Errors, GenerationError{f.Message, f.CreatedAt})
	}
	return g, err
}
