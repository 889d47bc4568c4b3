package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A register with a field of 4 GB is refused at once; the file is sparse, so that the test takes no room.
func TestHugeField(t *testing.T) {
	dir := t.TempDir()
	const header = "nr,voornaam,achternaam,geboren\n1,Demi,Kok,2003-08-25\n"
	const columns = ", id: nr, columns: {given_name: voornaam, surname: achternaam, birth_date: geboren}}\n"
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("good.csv", header)
	huge := write("huge.csv", header+"2,\""+strings.Repeat("a", 2<<20))
	if err := os.Truncate(huge, 4<<30); err != nil {
		t.Skipf("no file of 4 GB can be made here: %v", err)
	}
	study := write("study.yaml", "registers:\n  good: {file: good.csv"+columns+"  huge: {file: huge.csv"+columns)
	status, out, message := call(t, "run", study, "--output", filepath.Join(dir, "out"))
	if want := `huge.csv:3: column "voornaam": the row is longer than 1048576 bytes within this value`; status != exitUsage || out != "" || !strings.Contains(message, want) {
		t.Errorf("exit status %d, %q, %q: want %q", status, out, message, want)
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); !os.IsNotExist(err) {
		t.Error("a folder of results is there")
	}
}
