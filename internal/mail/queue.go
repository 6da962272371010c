package mail

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/store"
)

const (
	// leaseTime is how long a claimed mail is one worker's. It is longer than
	// connecting and sending can take.
	leaseTime = 10 * time.Minute
	// A mail is tried again after a minute, then two, then four, …
	firstDelay = time.Minute
	longDelay  = time.Hour
	// giveUpAfter is how long it is tried at all. Every mail is tried once.
	giveUpAfter = 72 * time.Hour
	// keepFor is how long the outcome of a mail can be looked up.
	keepFor = 30 * 24 * time.Hour
	// sweepRows is how many rows are removed in one transaction.
	sweepRows = 100
)

// claimed is a mail that this worker may send until its lease is over.
type claimed struct {
	entity.Mail
	content
}

// errNoneDue is what claim says when there is nothing to do.
var errNoneDue = errors.New("no mail is due")

// claim takes the mail that has been due for the longest, or says errNoneDue.
func (s *Service) claim(ctx context.Context) (*claimed, error) {
	if err := s.anyDue(ctx); err != nil {
		return nil, err
	}
	// Nodes must neither wait for each other's claims nor take them; SQLite has
	// one writer, and no words for it.
	lock := ""
	if s.store.Engine() == store.Postgres {
		lock = "FOR UPDATE SKIP LOCKED"
	}
	var c *claimed
	err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		c = &claimed{}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		err = tx.NewRaw(`UPDATE mails SET attempts = attempts + 1, claimed_until = ?1
			WHERE id = (SELECT id FROM mails WHERE `+dueNow+` ORDER BY next_at, id LIMIT 1 `+lock+`) RETURNING *`,
			entity.TimeOf(now), entity.TimeOf(now.Add(leaseTime))).Scan(ctx, &c.Mail)
		if errors.Is(store.Normalise(err), store.ErrNoRow) {
			return errNoneDue // another node was faster
		}
		if err != nil {
			return err
		}
		return tx.NewSelect().Model(&c.content).Where("mail_id = ?", c.ID).Scan(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("claim a mail: %w", err)
	}
	return c, nil
}

// dueNow are the mails that may be claimed at ?0.
const dueNow = `state = 'queued' AND next_at <= ?0 AND (claimed_until IS NULL OR claimed_until <= ?0)`

// anyDue looks before a write is begun for nothing.
func (s *Service) anyDue(ctx context.Context) error {
	now, err := s.now(ctx, s.store.Read())
	if err != nil {
		return err
	}
	var due bool
	err = s.store.Read().NewRaw(`SELECT EXISTS (SELECT 1 FROM mails WHERE `+dueNow+`)`, entity.TimeOf(now)).Scan(ctx, &due)
	if err != nil {
		return fmt.Errorf("look for mails: %w", store.Normalise(err))
	}
	if !due {
		return errNoneDue
	}
	return nil
}

// note writes down how an attempt went: settled, or when to try again. What a
// settled mail said is deleted. An attempt that another one has followed, or a
// mail that is gone, changes nothing, unless the mail did leave.
func (s *Service) note(ctx context.Context, c *claimed, r result) error {
	var state entity.MailState
	err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		next := after(c.Mail, r, now)
		state = next.State
		update := tx.NewUpdate().Model(&next).Column("state", "recipients", "next_at", "claimed_until", "settled_at", "last_error").
			WherePK().Where("state = ?", entity.MailQueued)
		if !r.left {
			update = update.Where("attempts = ?", c.Attempts)
		}
		done, err := update.Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			state = ""
			return err
		}
		if next.SettledAt.IsZero() {
			return nil
		}
		_, err = tx.NewDelete().Model((*content)(nil)).Where("mail_id = ?", c.ID).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("note the outcome of mail %d: %w", c.ID, err)
	}
	s.count(state)
	return nil
}

func (s *Service) count(state entity.MailState) {
	if state == entity.MailSent || state == entity.MailPartial {
		s.sent.Inc()
	}
	if state == entity.MailFailed || state == entity.MailPartial {
		s.failed.Inc()
	}
}

// result is how an attempt went.
type result struct {
	recipients []entity.Recipient
	left       bool  // the mail server took it for somebody
	err        error // the first thing that went wrong; nil: nothing did
	final      bool  // there is no use in trying again
	stopped    bool  // cut short by a stop of the server: nobody's fault
}

// after is the row after an attempt that ended at now.
func after(m entity.Mail, r result, now time.Time) entity.Mail {
	m.Recipients, m.ClaimedUntil, m.LastError = r.recipients, entity.Time{}, ""
	if r.err != nil {
		m.LastError = clip(oneLine(r.err.Error()))
	}
	over := r.final || now.Sub(m.CreatedAt.Std()) >= giveUpAfter
	switch waiting := inState(m.Recipients, entity.RecipientWaiting); {
	case waiting > 0 && r.stopped:
		m.NextAt = entity.TimeOf(now)
	case waiting > 0 && !over:
		m.NextAt = entity.TimeOf(now.Add(delay(m.Attempts)))
	default:
		m.Recipients = moved(m.Recipients, entity.RecipientWaiting, entity.RecipientFailed)
		m.State = settled(m.Recipients)
		m.NextAt, m.SettledAt = entity.Time{}, entity.TimeOf(now)
	}
	return m
}

// settled is the state of a mail for which nobody waits any more.
func settled(list []entity.Recipient) entity.MailState {
	switch inState(list, entity.RecipientTaken) {
	case len(list):
		return entity.MailSent
	case 0:
		return entity.MailFailed
	}
	return entity.MailPartial
}

func inState(list []entity.Recipient, state entity.RecipientState) (n int) {
	for _, r := range list {
		if r.State == state {
			n++
		}
	}
	return n
}

// moved is the list with all of one state in another.
func moved(list []entity.Recipient, from, to entity.RecipientState) []entity.Recipient {
	list = slices.Clone(list)
	for i := range list {
		if list[i].State == from {
			list[i].State = to
		}
	}
	return list
}

// delay is the pause behind the n-th attempt, from 1.
func delay(n int64) time.Duration {
	d := firstDelay
	for ; n > 1 && d < longDelay; n-- {
		d *= 2
	}
	return min(d, longDelay)
}

const maxError = 1000 // bytes kept of what a mail server says

func clip(s string) string {
	if len(s) <= maxError {
		return s
	}
	return strings.ToValidUTF8(s[:maxError], "") + "…"
}

// Recover is called before the worker of a SQLite server starts: there is no
// other, so what is claimed was a dead one's, and is tried now.
func (s *Service) Recover(ctx context.Context) error {
	if s.store.Engine() == store.Postgres {
		return nil
	}
	err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.NewRaw(`UPDATE mails SET claimed_until = NULL WHERE state = 'queued' AND claimed_until IS NOT NULL`).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("take over claimed mails: %w", err)
	}
	return nil
}

// Sweep forgets mails that were settled long ago and returns how many.
func (s *Service) Sweep(ctx context.Context) (int64, error) {
	now, err := s.now(ctx, s.store.Read())
	if err != nil {
		return 0, err
	}
	for total := int64(0); ; {
		var n int64
		err := s.store.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
			done, err := tx.NewRaw(`DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE settled_at <= ? LIMIT ?)`,
				entity.TimeOf(now.Add(-keepFor)), sweepRows).Exec(ctx)
			if err != nil {
				return err
			}
			n, err = done.RowsAffected()
			return err
		})
		if total += n; err != nil || n < sweepRows {
			return total, err
		}
	}
}
