package main

import (
	"os"
	"path/filepath"
	"strings"

	"darkfigure/internal/tableio"
)

// didYouMean is the hint for a name that does not exist: the nearest one that does, else
// what follows.
func didYouMean(prefix, name string, candidates []string, otherwise string) string {
	if n, ok := tableio.Nearest(name, candidates); ok {
		return "did you mean " + prefix + n + "?"
	}
	return otherwise
}

// nearestFile returns a file with a similar name in the same folder.
func nearestFile(path string) (string, bool) {
	folder, name := filepath.Split(path)
	entries, err := os.ReadDir(filepath.Clean("./" + folder))
	if filepath.IsAbs(path) {
		entries, err = os.ReadDir(folder)
	}
	if err != nil || len(entries) > 10_000 {
		return "", false
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	n, ok := tableio.Nearest(name, names)
	return folder + n, ok
}
