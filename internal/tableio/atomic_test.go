package tableio_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"darkfigure/internal/tableio"
)

// A failing writer takes some bytes and then has no room.
type failing struct{ left int }

var errFull = errors.New("no space left on device")

func (f *failing) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

func TestWriteFileAtomic(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.csv")
	hello := func(s string) func(io.Writer) error {
		return func(w io.Writer) error { _, err := io.WriteString(w, s); return err }
	}
	check := func(what, want string) {
		t.Helper()
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("%s: %q (%v), want %q", what, got, err, want)
		}
		files, _ := os.ReadDir(dir)
		if len(files) != 1 {
			t.Errorf("%s: %d files left in the folder", what, len(files))
		}
	}
	if err := tableio.WriteFileAtomic(path, hello("one")); err != nil {
		t.Fatal(err)
	}
	check("new", "one")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := tableio.WriteFileAtomic(path, hello("two")); err != nil {
		t.Fatal(err)
	}
	check("replaced", "two")
	if info, _ := os.Stat(path); runtime.GOOS != "windows" && info.Mode().Perm() != 0o640 {
		t.Errorf("permissions became %v", info.Mode())
	}
	err := tableio.WriteFileAtomic(path, func(w io.Writer) error {
		io.WriteString(w, "half")
		return errFull
	})
	if !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
	check("after an error", "two")
	func() {
		defer func() { recover() }()
		tableio.WriteFileAtomic(path, func(w io.Writer) error { io.WriteString(w, "half"); panic("oh") })
	}()
	check("after a panic", "two")
	if err := tableio.WriteFileAtomic(filepath.Join(dir, "missing", "out.csv"), hello("x")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("into a missing folder: %v", err)
	}
	if err := tableio.WriteFileAtomic(dir, hello("x")); err == nil {
		t.Error("a folder was written to")
	}
}

func TestWriteFileAtomicFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	target, link := filepath.Join(dir, "target"), filepath.Join(dir, "link")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip("no symbolic links here")
	}
	if err := tableio.WriteFileAtomic(link, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(target); string(got) != "new" {
		t.Errorf("the target holds %q", got)
	}
	if info, _ := os.Lstat(link); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced")
	}
}

// Devices are written straight through, and a full one is an error.
func TestWriteFileAtomicDevices(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full here")
	}
	if err := tableio.WriteFileAtomic("/dev/null", func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err }); err != nil {
		t.Error(err)
	}
	if err := tableio.WriteFileAtomic("/dev/full", func(w io.Writer) error { _, err := io.WriteString(w, "x"); return err }); err == nil {
		t.Error("a full device went unnoticed")
	}
	for _, device := range []string{"/dev/null", "/dev/full"} {
		if info, err := os.Stat(device); err != nil || info.Mode().IsRegular() {
			t.Fatalf("%s was replaced", device)
		}
	}
}

// A folder that is not there is said with the name that was given, not the temporary one.
func TestWriteFileAtomicNamesThePath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nowhere", "a.csv")
	err := tableio.WriteFileAtomic(path, func(io.Writer) error { return nil })
	var failed *fs.PathError
	if !errors.As(err, &failed) || failed.Path != path || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
