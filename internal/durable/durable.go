package durable

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// Create puts data into a new file that only its owner may read. A file that is
// there already, or has appeared meanwhile, stays and is fs.ErrExist: a link,
// unlike a rename, never replaces.
func Create(file string, data []byte) error {
	dir := filepath.Dir(file)
	temp, err := os.CreateTemp(dir, ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	if err := errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), file); err != nil {
		return err
	}
	return SyncDir(dir)
}

// SyncDir makes a new name in dir durable. Windows cannot and need not.
func SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
