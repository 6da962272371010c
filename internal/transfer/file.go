package transfer

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/licet/licet/internal/durable"
)

// ToFile has write fill a file that only its owner may read. Under its name there
// is a whole file, on disk, or what was there before.
func ToFile(name string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(name)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(name)+"-*") // 0600
	if err != nil {
		return fmt.Errorf("make the file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp.Name()))
		}
	}()
	if err := errors.Join(write(temp), temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), name); err != nil {
		return fmt.Errorf("put the file in place: %w", err)
	}
	return durable.SyncDir(dir)
}
