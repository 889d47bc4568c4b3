package study

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"darkfigure/internal/tableio"
)

// outputs are the names of all files that a folder of results can hold. A folder with any
// other file in it is not replaced.
var outputs = []string{"table.csv", estimatesFile, "estimates.csv", "visibility.json", "visibility.csv", "linkage.json", "linked.csv", "pairs.csv", "report.html", "manifest.json"}

// estimatesFile tells the results of darkfigure run from those of link.
const estimatesFile = "estimates.json"

// A File of the results: its name in the folder, and what writes it.
type File struct {
	Name  string
	Write func(io.Writer) error
}

// A FolderError is a folder that results cannot be put into; nothing was changed.
type FolderError struct {
	Folder string
	Msg    string
}

// Error says which folder, and why.
func (e *FolderError) Error() string { return e.Folder + ": " + e.Msg }

// CheckFolder reports whether results can be put into a folder: it is not there yet, or it is empty, or all that is in it are
// results from before, which are replaced; estimates are not replaced by a linkage alone. It is worth asking before a long
// computation. The error is a [*FolderError].
func CheckFolder(folder string, linkage bool) error {
	path := filepath.Clean(folder)
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		up := filepath.Dir(path)
		if info, err := os.Stat(up); err != nil || !info.IsDir() {
			return &FolderError{folder, fmt.Sprintf("there is no folder %s to make it in", up)}
		}
		return nil
	case err != nil:
		return &FolderError{folder, reason(err)}
	case info.Mode()&fs.ModeSymlink != 0:
		return &FolderError{folder, "this is a link: name the folder itself"}
	case !info.IsDir():
		return &FolderError{folder, "this is a file, and results go into a folder"}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return &FolderError{folder, reason(err)}
	}
	for _, e := range entries {
		if !slices.Contains(outputs, e.Name()) || e.IsDir() {
			return &FolderError{folder, fmt.Sprintf("%s in it is not one of the results, and would be lost: name another folder", e.Name())}
		}
		if linkage && e.Name() == estimatesFile {
			return &FolderError{folder, "it holds the estimates of darkfigure run, which would be lost"}
		}
	}
	return nil
}

// reason is an error of the file system without the path, which the message has already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

// WriteFolder makes a folder of results, in which all files appear together or not at all: they are written into
// a folder beside it (.NAME.partial), brought to disk, and that takes the name. What was in the folder from before stays
// until then, and is removed after. When writing fails or the context ends, nothing is changed.
func WriteFolder(ctx context.Context, folder string, files []File) (err error) {
	has := func(name string) bool { return slices.ContainsFunc(files, func(f File) bool { return f.Name == name }) }
	linkage := has("linkage.json") && !has(estimatesFile)
	if err := CheckFolder(folder, linkage); err != nil {
		return err
	}
	path, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	up, name := filepath.Split(path)
	partial, before := filepath.Join(up, "."+name+".partial"), filepath.Join(up, "."+name+".replaced")
	for _, left := range []string{partial, before} { // by a run that was killed
		if err := os.RemoveAll(left); err != nil {
			return &FolderError{folder, reason(err)}
		}
	}
	if err := os.Mkdir(partial, 0o777); err != nil {
		return &FolderError{folder, "it cannot be made: " + reason(err)}
	}
	done := false
	defer func() {
		if !done {
			err = errors.Join(err, os.RemoveAll(partial))
		}
	}()
	for _, f := range files {
		if !slices.Contains(outputs, f.Name) {
			panic("study: " + f.Name + " is not on the list of outputs")
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := tableio.WriteFileAtomic(filepath.Join(partial, f.Name), f.Write); err != nil {
			return fmt.Errorf("%s in %s: %w", f.Name, folder, withoutPath(err))
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	switch err := os.Rename(path, before); {
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		return &FolderError{folder, "it cannot be replaced: " + reason(err)}
	}
	if err := os.Rename(partial, path); err != nil {
		if back := os.Rename(before, path); back != nil && !errors.Is(back, fs.ErrNotExist) {
			err = errors.Join(err, back)
		}
		return &FolderError{folder, "it cannot be made: " + err.Error()}
	}
	done = true
	return os.RemoveAll(before)
}

// withoutPath takes the path of the partial folder out of an error.
func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) && strings.Contains(p.Path, ".partial") {
		return p.Err
	}
	return err
}
