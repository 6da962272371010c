package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// FileFlag is the flag that names the configuration file.
const FileFlag = "config"

// Resolver gives kong what the environment's *_FILE variables and the
// configuration file say. kong itself reads flags and plain variables. Make it
// with NewResolver, for one parse.
type Resolver struct {
	lookup func(string) (string, bool)
	name   string
	file   map[string]any
	loaded bool
}

// NewResolver reads the environment with lookup, such as os.LookupEnv.
func NewResolver(lookup func(string) (string, bool)) *Resolver {
	return &Resolver{lookup: lookup}
}

// load reads the file that FileFlag names on the command line or in the
// environment: a JSON object whose members are flag names.
func (r *Resolver) load(ctx *kong.Context) error {
	if r.loaded {
		return nil
	}
	r.loaded = true
	for _, flag := range ctx.Flags() {
		if flag.Name == FileFlag {
			r.name, _ = ctx.FlagValue(flag).(string)
		}
	}
	if r.name == "" {
		return nil
	}
	text, err := os.ReadFile(r.name)
	if err != nil {
		return fmt.Errorf("read the configuration file: %w", err)
	}
	if r.file, err = parseObject(text); err != nil {
		return fmt.Errorf("configuration file %s: %w", r.name, err)
	}
	return nil
}

// parseObject reads one JSON object, member by member: one that is there twice
// would otherwise be whichever came last.
func parseObject(text []byte) (map[string]any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("expected a JSON object")
	}
	object := map[string]any{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string) // the decoder has seen to it that it is one
		var value any
		if err := dec.Decode(&value); err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		if _, twice := object[name]; twice {
			return nil, fmt.Errorf("%q is there twice", name)
		}
		object[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the object")
	}
	return object, nil
}

// Validate refuses members that are no flag: a misspelt setting must not be
// ignored.
func (r *Resolver) Validate(app *kong.Application) error {
	known := map[string]bool{}
	err := kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known[flag.Name] = true
		}
		return next(nil)
	})
	if err != nil {
		return err
	}
	for _, name := range sortedNames(r.file) {
		if !known[name] || name == FileFlag || name == "help" {
			return fmt.Errorf("configuration file %s: unknown setting %q", r.name, name)
		}
	}
	return nil
}

// Resolve is asked for each flag that the command line does not set.
func (r *Resolver) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	for _, env := range flag.Envs {
		_, plain := r.lookup(env)
		file, named := r.lookup(env + "_FILE")
		switch {
		case !flag.Tag.Has("secret") || !named:
		case plain:
			return nil, fmt.Errorf("both %s and %s_FILE are set", env, env)
		default:
			return readSecret(env, file)
		}
		if plain {
			return nil, nil // kong has taken it
		}
	}
	value, ok := r.file[flag.Name]
	if !ok {
		return nil, nil
	}
	return plainValue(flag.Name, value)
}

func readSecret(env, file string) (any, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s_FILE: %w", env, err)
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return nil, fmt.Errorf("%s_FILE: %s is empty", env, file)
	}
	return secret, nil
}

// plainValue turns a JSON value into what a flag would have said.
func plainValue(name string, value any) (any, error) {
	switch v := value.(type) {
	case string, bool:
		return v, nil
	case json.Number:
		return v.String(), nil
	case []any:
		parts := make([]string, len(v))
		for i, item := range v {
			s, ok := item.(string)
			if !ok {
				return nil, fmt.Errorf("configuration file: %q: expected a list of strings", name)
			}
			parts[i] = s
		}
		return strings.Join(parts, ","), nil
	}
	return nil, fmt.Errorf("configuration file: %q: expected a string, number, true, false or list", name)
}

func sortedNames(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
