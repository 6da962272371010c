package eventlog_test

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/licet/licet/internal/entity"
	"github.com/licet/licet/internal/eventlog"
)

func TestLinesBecomeEntries(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.slog.Debug("not kept")
		h.slog.Info("started", "port", 80, "at", testStart, "took", time.Second, "nan", math.NaN(), "who", slog.GroupValue(slog.String("name", "x")))
		h.slog.Warn("odd")
		h.slog.With("part", "sweeper").WithGroup("g").Error("background work", "error", errors.New("disk on fire"), "n", 1)
		h.slog.Log(t.Context(), slog.LevelError+4, "the end")
		want := []entity.LogEntry{
			{Level: "Information", Message: "started", Properties: `{"at":"2026-03-01T12:00:00Z","nan":"NaN","port":80,"took":"1s","who.name":"x"}`},
			{Level: "Warning", Message: "odd", Properties: `{}`},
			{Level: "Error", Message: "background work", Properties: `{"g.error":"disk on fire","g.n":1,"part":"sweeper"}`},
			{Level: "Fatal", Message: "the end", Properties: `{}`},
		}
		for i := range want {
			want[i].ID, want[i].TimeStamp, want[i].MessageTemplate = int64(i+1), entity.TimeOf(testStart), want[i].Message
		}
		if diff := cmp.Diff(want, h.flushed()); diff != "" {
			t.Error(diff)
		}
		h.slog.Error("background work", "error", errors.New("disk on fire"))
		if e := h.flushed()[4]; e.Exception != "disk on fire" || e.Properties != "{}" {
			t.Errorf("%+v", e)
		}
	})
}

// What is called a secret is not kept, and neither is text that a database
// refuses.
func TestEntriesAreFitForTheBooks(t *testing.T) {
	eachEngine(t, func(t *testing.T, h *house) {
		h.slog.Info("a\x00b\xff"+strings.Repeat("é", 5000), "userKey", "hush", "x-api-key", "hush", "client_secret", "hush", "token", "hush",
			"Authorization", "hush", "key", "hush", "key_id", 7, "tokenId", 8, "v\x00", "a\x00\xff", "long", strings.Repeat("x", 5000))
		h.slog.Error("e", "error", errors.New("\x00\xfe"+strings.Repeat("x", 100_000)))
		got := h.flushed()
		if len(got) != 2 {
			t.Fatalf("%d entries", len(got))
		}
		p := properties(t, got[0])
		if strings.Contains(got[0].Properties, "hush") || p["userKey"] != "****" || p["key_id"] != 7.0 || p["tokenId"] != 8.0 || p["v"] != "a" {
			t.Errorf("properties %s", got[0].Properties)
		}
		if m := got[0].Message; !strings.HasPrefix(m, "abé") || len(m) > 5000 || !utf8.ValidString(m) || len(p["long"].(string)) > 2000 || len(got[1].Exception) > 40_000 {
			t.Errorf("not bounded: %d, %d", len(m), len(got[1].Exception))
		}
	})
}

func TestSettingsAndConsole(t *testing.T) {
	var console bytes.Buffer
	eachEngine(t, func(t *testing.T, h *house) {
		h.set.ToDatabase = false
		h.slog.Info("for the console alone")
		h.set.ToDatabase = true
		h.slog.Info("for the books alone")
		if got := h.flushed(); len(got) != 1 || got[0].Message != "for the books alone" {
			t.Errorf("%+v", got)
		}
	}, func(o *eventlog.Options) {
		o.Console = slog.NewTextHandler(&console, &slog.HandlerOptions{Level: slog.LevelWarn})
	})
	if console.Len() > 0 {
		t.Errorf("below the console's level: %s", console.String())
	}
}
