package tableio_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"

	"darkfigure/internal/tableio"
)

// register reads a register from a stream; every record is its line and values.
func register(in []byte, o tableio.RegisterOptions) ([]string, tableio.RegisterInfo, error) {
	var got []string
	info, err := tableio.ReadRegister(context.Background(), tableio.Source{Path: "-", Stdin: bytes.NewReader(in)}, o, func(line int, values []string) error {
		got = append(got, fmt.Sprintf("%d:%s", line, strings.Join(values, "|")))
		return nil
	})
	return got, info, err
}

func TestRegisterText(t *testing.T) {
	columns := tableio.RegisterOptions{Columns: []string{"id", "naam"}}
	for name, c := range map[string]struct {
		in   string
		o    tableio.RegisterOptions
		want string
		note string
	}{
		"comma":            {"id,x,naam\n1,,Jansen\n2,,\n", columns, "2:1|Jansen 3:2|", ""},
		"semicolon":        {"id;naam\r\n1;de Vries\r\n", columns, "2:1|de Vries", ""},
		"tab":              {"id\tnaam\n1\tJansen", columns, "2:1|Jansen", ""},
		"sep line":         {"sep=|\nid|naam\n1|Jansen\n", columns, "3:1|Jansen", ""},
		"CR only":          {"id,naam\r1,Jansen\r2,Bos\r", columns, "2:1|Jansen 3:2|Bos", ""},
		"mark":             {"\xef\xbb\xbfid,naam\n1,Zoë\n", columns, "2:1|Zoë", ""},
		"Windows-1252":     {"id,naam\n1,Zo\xeb\n2,Ren\xe9e\n", columns, "2:1|Zoë 3:2|Renée", "2 values are not UTF-8 and were read as Windows-1252"},
		"both":             {"id,naam\n1,Zo\xeb\n2,Renée\n", columns, "2:1|Zoë 3:2|Renée", "1 values are not UTF-8 and were read as Windows-1252; 1 others are UTF-8, so that the file seems to be put together from several"},
		"UTF-16":           {"\xff\xfei\x00d\x00,\x00n\x00a\x00a\x00m\x00\n\x001\x00,\x00\xeb\x00\n\x00", columns, "2:1|ë", ""},
		"UTF-16, no mark":  {"i\x00d\x00,\x00n\x00a\x00a\x00m\x00\n\x001\x00,\x00B\x00\n\x00", columns, "2:1|B", ""},
		"quotes":           {"id,naam\n1,\"Jansen, \"\"Jan\"\"\"\n2,\"a\nb\"\n3,Bos\n", columns, "2:1|Jansen, \"Jan\" 3:2|a\nb 5:3|Bos", ""},
		"blank lines":      {"\n\nid,naam\n\n1,Bos\n,\n2,Vos\n\n", columns, "5:1|Bos 7:2|Vos", ""},
		"missing codes":    {"id,naam\n9999,onbekend\n1,ONBEKEND \n2,NA\n", tableio.RegisterOptions{Columns: columns.Columns, Missing: []string{"", "onbekend", "9999"}}, "2:| 3:1| 4:2|NA", ""},
		"order, and twice": {"id,naam\n1,Bos\n", tableio.RegisterOptions{Columns: []string{"naam", "id", "naam"}}, "2:Bos|1|Bos", ""},
		"inert":            {"id,naam\n1,'=x\n2,'t Hart\n3,'-\n", columns, "2:1|=x 3:2|'t Hart 4:3|-", ""},
		"like MARK":        {"ch;n\n01;3\n", tableio.RegisterOptions{Columns: []string{"ch"}}, "2:01", ""},
		"blanks around":    {"id , naam\n 1 ,\u00a0Bos\u00a0\n", columns, "2:1|Bos", ""},
	} {
		got, info, err := register([]byte(c.in), c.o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %q, want %q", name, s, c.want)
		}
		if note := strings.Join(info.Notes, "; "); note != c.note {
			t.Errorf("%s: notes %q, want %q", name, note, c.note)
		}
		if sum := sha256.Sum256([]byte(c.in)); info.SHA256 != hex.EncodeToString(sum[:]) || info.Rows != int64(len(got)) {
			t.Errorf("%s: %+v", name, info)
		}
	}
	_, info, err := register([]byte("id,naam\n9999,onbekend\n1,ONBEKEND\n2,\n"), tableio.RegisterOptions{Columns: []string{"id", "naam"}, Missing: []string{"onbekend", "9999"}})
	if err != nil || fmt.Sprint(info.Missing) != "[1 3]" {
		t.Errorf("missing %v, %v", info.Missing, err)
	}
	if got := info.Where(17); got != "standard input:17" {
		t.Error(got)
	}
}

func TestRegisterRefuses(t *testing.T) {
	columns := []string{"id", "achternaam"}
	for name, c := range map[string]struct{ in, want string }{
		"empty":                 {"", "standard input: the file is empty"},
		"blank":                 {"\n\n", "standard input: the file is empty"},
		"no records":            {"id,achternaam\n", "standard input: the register has a header but no records"},
		"column missing":        {"id,achternam\n1,Bos\n", `standard input: there is no column "achternaam"; did you mean "achternam"?`},
		"column twice":          {"id,achternaam,achternaam\n1,Bos,Vos\n", `column "achternaam": the columns 2 and 3 have the same name`},
		"title above":           {"Uitdraai politie\n\nid;achternaam\n1;Bos\n", "standard input:3: the names of the columns stand here and not in the first row: remove what is above"},
		"two headers":           {"id,achternaam\nId,Achternaam\n1,Bos\n", "standard input:2: the row repeats the names of the columns"},
		"header between":        {"id,achternaam\n1,Bos\nid,achternaam\n1,Bos\n", "standard input:3: the row repeats the names of the columns"},
		"groups above":          {"persoon,,zaak\nid,achternaam,datum\n1,Bos,2020\n", "standard input:2: the names of the columns stand here"},
		"short row":             {"id,achternaam\n1,Bos\n2\n", "standard input:3: the row has 1 values, the header 2"},
		"long row":              {"id,achternaam\n1,Bos,x\n", "standard input:2: the row has 3 values, the header 2"},
		"zero byte":             {"id,achternaam\n1,B\x00s\n", "standard input: the file holds zero bytes"},
		"zero byte further on":  {"id,achternaam\n" + strings.Repeat("1,Bos\n", 20000) + "1,B\x00s\n", `standard input:20002: column "achternaam": the value holds a zero byte`},
		"open quote":            {"id,achternaam\n1,\"Bos\n2,Vos\n", "a quote (\") is opened in this row and never closed"},
		"no text":               {"id,achternaam\n1,B\x81s\n", `standard input:2: column "achternaam": the value is text in neither UTF-8 nor Windows-1252`},
		"DOS":                   {"id,achternaam\n1,Bos\n2,Ren\x82\n3,Zo\x89\n", `standard input:3: column "achternaam": the value does not look like text in Windows-1252, nor is it UTF-8: the file may come from DOS`},
		"Macintosh":             {"id,achternaam\n1,Ren\x8ee\n", "does not look like text in Windows-1252"},
		"HTML":                  {"<html><table>", "this is HTML or XML"},
		"JSON":                  {`{"id": 1}`, "this is JSON"},
		"cut off in UTF-16":     {"\xff\xfei\x00d\x00,\x00n", "UTF-16 text ends within a character"},
		"a Parquet file cut":    {"PAR1xxxxxxxxxxxxxxxx", "the Parquet file cannot be read: it is cut off"},
		"an Excel file cut":     {"PK\x03\x04xxxxxxxxxxxxxxx", "the Excel file cannot be read"},
		"an Arrow file cut":     {"ARROW1\x00\x00xxxxxxxxxxxxxx", "the Arrow file cannot be read: it is cut off"},
		"an empty Arrow stream": {"\xff\xff\xff\xff\x00\x00\x00\x00", "the Arrow file cannot be read"},
	} {
		got, info, err := register([]byte(c.in), tableio.RegisterOptions{Columns: columns})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
		if info.SHA256 != "" {
			t.Errorf("%s: a failed read looks whole: %v, %+v", name, got, info)
		}
	}
	if _, err := tableio.ReadRegister(context.Background(), tableio.Source{Path: filepath.Join(t.TempDir(), "police.csv")}, tableio.RegisterOptions{Columns: columns}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if _, _, err := register(nil, tableio.RegisterOptions{}); err == nil {
		t.Error("no columns")
	}
	if _, _, err := register([]byte("01 2;"), tableio.RegisterOptions{Columns: columns, Format: tableio.MARK}); err == nil || !strings.Contains(err.Error(), `registers are not read from the format "mark"`) {
		t.Errorf("MARK: %v", err)
	}
}

// What the caller says ends the reading, and a cancelled context.
func TestRegisterStops(t *testing.T) {
	stop := errors.New("stop")
	in := "id\n" + strings.Repeat("1\n", 100000)
	n := 0
	_, err := tableio.ReadRegister(context.Background(), tableio.Source{Path: "-", Stdin: strings.NewReader(in)}, tableio.RegisterOptions{Columns: []string{"id"}}, func(int, []string) error {
		if n++; n == 3 {
			return stop
		}
		return nil
	})
	if err != stop || n != 3 {
		t.Errorf("%v after %d", err, n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err = tableio.ReadRegister(ctx, tableio.Source{Path: "-", Stdin: strings.NewReader(in)}, tableio.RegisterOptions{Columns: []string{"id"}}, func(int, []string) error {
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// A value of 4 GB is refused where it starts, in little memory.
func TestRegisterHuge(t *testing.T) {
	for name, in := range map[string]io.Reader{
		"quoted": io.MultiReader(strings.NewReader("id,naam,adres\n1,Bos,x\n2,\""), &endless{"aaaa,\naaaaaaaaaa", 4 << 30}),
		"plain":  io.MultiReader(strings.NewReader("id,naam,adres\n1,Bos,x\n2,"), &endless{"aaaaaaaaaaaaaaaa", 4 << 30}),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := tableio.ReadRegister(context.Background(), tableio.Source{Path: "-", Stdin: in}, tableio.RegisterOptions{Columns: []string{"id", "naam"}}, func(int, []string) error { return nil })
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), `standard input:3: column "naam": the row is longer than 1048576 bytes within this value`) {
			t.Errorf("%s: %v", name, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
			t.Errorf("%s: %d bytes were allocated", name, used)
		}
	}
}

// lines repeats a line.
type lines struct {
	text string
	at   int
	left int64
}

func (l *lines) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && l.left > 0 {
		k := copy(p[n:], l.text[l.at:])
		n += k
		if l.at += k; l.at == len(l.text) {
			l.at = 0
			l.left--
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func TestRegisterIsConstantInMemory(t *testing.T) {
	const row = "123456,Jansen,2004-05-06\n"
	rows := int64(2_000_000)
	if testing.Short() {
		rows = 200_000
	}
	in := io.MultiReader(strings.NewReader("id,naam,geboren\n"), &lines{text: row, left: rows})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	info, err := tableio.ReadRegister(context.Background(), tableio.Source{Path: "-", Stdin: in}, tableio.RegisterOptions{Columns: []string{"id", "naam", "geboren"}}, func(int, []string) error { return nil })
	runtime.ReadMemStats(&after)
	if err != nil || info.Rows != rows {
		t.Fatalf("%d rows, %v", info.Rows, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("%d bytes were allocated", used)
	}
}

// Every format gives what was written.
func TestRegisterFormats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 20).Draw(t, "rows")
		value := rapid.OneOf(rapid.SampledFrom([]string{"Jansen", "", "Zoë", "d'Angelo", "'t Hart", "=1+1", "-", "a,b", "a\"b", "x; y", "van den Berg"}), rapid.StringMatching(`[A-Za-zëéç .'-]{0,12}`))
		names := make([]string, n)
		ids := make([]int64, n)
		want := make([]string, n)
		for i := range n {
			names[i], ids[i] = strings.TrimSpace(value.Draw(t, "name")), int64(i+1)
			want[i] = fmt.Sprintf("%d|%s", ids[i], names[i])
		}
		for _, format := range tabular {
			var b bytes.Buffer
			if err := tableio.WriteColumns(&b, format, []tableio.Column{{Name: "other", Text: make([]string, n)}, {Name: "naam", Text: names}, {Name: "id", Whole: ids}}); err != nil {
				t.Fatal(err)
			}
			var got []string
			o := tableio.RegisterOptions{Columns: []string{"id", "naam"}}
			if format == tableio.TSV {
				o.Format = format
			}
			info, err := tableio.ReadRegister(context.Background(), tableio.Source{Path: "-", Stdin: bytes.NewReader(b.Bytes())}, o, func(line int, values []string) error {
				got = append(got, strings.Join(values, "|"))
				return nil
			})
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("%s: %s", format, d)
			}
			if sum := sha256.Sum256(b.Bytes()); info.SHA256 != hex.EncodeToString(sum[:]) || info.Format != format {
				t.Fatalf("%s: %+v", format, info)
			}
		}
	})
}

func TestRegisterFiles(t *testing.T) {
	dir := t.TempDir()
	for _, format := range tabular {
		path := filepath.Join(dir, "care."+string(format))
		var b bytes.Buffer
		if err := tableio.WriteColumns(&b, format, []tableio.Column{{Name: "id", Whole: []int64{7, 8}}, {Name: "naam", Text: []string{"Bos", "Vos"}, Null: []bool{true, false}}}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		src := tableio.Source{Path: path}
		var lines []int
		info, err := tableio.ReadRegister(context.Background(), src, tableio.RegisterOptions{Columns: []string{"naam"}}, func(line int, values []string) error {
			lines = append(lines, line)
			return nil
		})
		sum := sha256.Sum256(b.Bytes())
		if err != nil || info.SHA256 != hex.EncodeToString(sum[:]) || info.Source != "care."+string(format) || fmt.Sprint(info.Missing) != "[1]" {
			t.Errorf("%s: %+v, %v", format, info, err)
		}
		where := map[tableio.Format]string{tableio.CSV: "care.csv:3", tableio.TSV: "care.tsv:3", tableio.Excel: "care.xlsx, sheet " + info.Sheet + ", row 3", tableio.Parquet: "care.parquet, row 2", tableio.Arrow: "care.arrow, row 2"}[format]
		if got := info.Where(lines[len(lines)-1]); got != where {
			t.Errorf("%s: %s, want %s", format, got, where)
		}
		if names, err := tableio.RegisterHeader(context.Background(), src, tableio.Auto); err != nil || fmt.Sprint(names) != "[id naam]" {
			t.Errorf("%s: header %v, %v", format, names, err)
		}
		_, err = tableio.ReadRegister(context.Background(), src, tableio.RegisterOptions{Columns: []string{"naan"}}, nil)
		if err == nil || !strings.Contains(err.Error(), `there is no column "naan"; did you mean "naam"?`) {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func TestRegisterExcel(t *testing.T) {
	yes := true
	write := func(rows ...[]any) []byte {
		f := excelize.NewFile()
		defer f.Close()
		if err := f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}); err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.NewSheet("uitleg"); err != nil {
			t.Fatal(err)
		}
		b, err := f.WriteToBuffer()
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	got, info, err := register(write([]any{"id", "geboren"}, []any{1, 36651}, []any{}, []any{2, "onbekend"}), tableio.RegisterOptions{Columns: []string{"id", "geboren"}})
	if err != nil || !info.From1904 || strings.Join(got, " ") != "2:1|36651 4:2|onbekend" || len(info.Notes) != 1 || !strings.Contains(info.Notes[0], "uitleg") {
		t.Errorf("%q, %+v, %v", got, info, err)
	}
	_, _, err = register(write([]any{"Uitdraai"}, []any{"id", "geboren"}, []any{1, 36651}), tableio.RegisterOptions{Columns: []string{"id", "geboren"}})
	if err == nil || !strings.Contains(err.Error(), "cell Sheet1!2:2: the names of the columns stand here") {
		t.Errorf("a title above: %v", err)
	}
}

func FuzzReadRegister(f *testing.F) {
	for _, s := range []string{"id,naam\n1,Bos\n", "titel\nid;naam\n1;Zo\xeb\n", "\xff\xfei\x00d\x00,\x00n\x00a\x00a\x00m\x00\n\x00", "id,naam\n1,\"a\nb\"\n\nid,naam\n", "PAR1", "PK\x03\x04", "ARROW1", "\xff\xff\xff\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		last, n := 0, int64(0)
		info, err := tableio.ReadRegister(context.Background(), tableio.Source{Path: "-", Stdin: bytes.NewReader(in)}, tableio.RegisterOptions{Columns: []string{"naam", "id"}, Missing: []string{"x"}}, func(line int, values []string) error {
			if line <= last {
				t.Errorf("line %d after line %d", line, last)
			}
			last = line
			n++
			for _, v := range values {
				if v != strings.ToValidUTF8(v, "") || strings.IndexByte(v, 0) >= 0 || v == "x" {
					t.Errorf("%q", v)
				}
			}
			return nil
		})
		if err != nil {
			var syntax *tableio.SyntaxError
			if !errors.As(err, &syntax) && !strings.Contains(err.Error(), "UTF-16") {
				t.Errorf("%T: %v", err, err)
			}
			return
		}
		if sum := sha256.Sum256(in); info.SHA256 != hex.EncodeToString(sum[:]) || info.Rows != n || n == 0 {
			t.Errorf("%+v after %d records", info, n)
		}
	})
}

func BenchmarkReadRegister(b *testing.B) {
	var in bytes.Buffer
	in.WriteString("id,voornaam,tussenvoegsel,achternaam,geboren,geslacht,plaats\n")
	for i := range 100_000 {
		fmt.Fprintf(&in, "%d,Naam%d,van den,Achternaam%d,%04d-%02d-%02d,v,Plaats%d\n", i, i%300, i%8000, 2000+i%12, 1+i%12, 1+i%28, i%342)
	}
	b.SetBytes(int64(in.Len()))
	b.ReportAllocs()
	for range b.N {
		_, err := tableio.ReadRegister(context.Background(), tableio.Source{Path: "-", Stdin: bytes.NewReader(in.Bytes())}, tableio.RegisterOptions{Columns: []string{"id", "voornaam", "tussenvoegsel", "achternaam", "geboren", "geslacht", "plaats"}}, func(int, []string) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
}
