package tableio

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFileAtomic writes a file so that it is there complete or not at all: into a temporary file in the same folder, which
// is brought to disk and then takes the name. A file of that name keeps its permissions, and what a symbolic link
// points to is replaced, not the link. When write returns an error or panics, or the disk is full, the temporary file is removed and what was there before stays.
//
// What is not an ordinary file (/dev/stdout, a pipe, a terminal) cannot be replaced: it is written straight through.
func WriteFileAtomic(path string, write func(io.Writer) error) error {
	mode := os.FileMode(0o666)
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.Mode().IsRegular():
		return writeThrough(path, write)
	case err == nil:
		mode = info.Mode().Perm()
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return err
		}
	case !os.IsNotExist(err):
		return err
	}
	f, err := createTemp(path, mode)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if info != nil {
		if err := f.Chmod(mode); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	done = true
	return nil
}

// createTemp makes a new file next to path. os.CreateTemp would make it readable by its owner alone; a
// new file gets the permissions the user's umask leaves.
func createTemp(path string, mode os.FileMode) (*os.File, error) {
	folder, name := filepath.Split(path)
	for i := 0; ; i++ {
		f, err := os.OpenFile(filepath.Join(folder, "."+name+".partial-"+itoa(os.Getpid())+"-"+itoa(i)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		var failed *fs.PathError
		if errors.As(err, &failed) && (!os.IsExist(err) || i == 1000) {
			return nil, &fs.PathError{Op: "create", Path: path, Err: failed.Err} // not the temporary name
		}
		if !os.IsExist(err) {
			return f, err
		}
	}
}

func writeThrough(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}
