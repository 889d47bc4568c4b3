package tableio

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
)

// A Format is a kind of file.
type Format string

// The formats that are read or written. CSV stands for all delimited text.
const (
	Auto    Format = ""
	CSV     Format = "csv" // read with any of the delimiters , ; tab | and blanks; written with ,
	TSV     Format = "tsv"
	Parquet Format = "parquet"
	Arrow   Format = "arrow" // IPC; read as file or stream, written as file
	Excel   Format = "xlsx"
	MARK    Format = "mark" // .inp of program MARK; read only
	JSON    Format = "json" // results only
)

// FormatOf returns the format that a file name's suffix stands for; Auto when it is none
// of those.
func FormatOf(path string) Format {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".csv":
		return CSV
	case ".tsv", ".tab":
		return TSV
	case ".parquet", ".pq":
		return Parquet
	case ".arrow", ".feather", ".ipc", ".arrows":
		return Arrow
	case ".xlsx", ".xlsm":
		return Excel
	case ".inp":
		return MARK
	case ".json":
		return JSON
	}
	return Auto
}

// sniffLength is how many leading bytes decide what a file is.
const sniffLength = 64 << 10

// sniff recognises a table by its first bytes. Binary formats have signatures, and those
// win over a file's name: a spreadsheet saved as .csv is still a spreadsheet.
func sniff(head []byte, path string) (Format, error) {
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return Parquet, nil
	case bytes.HasPrefix(head, []byte("ARROW1")), bytes.HasPrefix(head, []byte{0xff, 0xff, 0xff, 0xff}):
		return Arrow, nil
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return Excel, nil
	case bytes.HasPrefix(head, []byte("FEA1")):
		return Auto, fmt.Errorf("a Feather file of version 1, which is no longer in use: write it as version 2 (Arrow IPC) or Parquet")
	case bytes.HasPrefix(head, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return Auto, fmt.Errorf("an Excel file of the old kind (.xls) or with a password: save it as .xlsx without a password, or as CSV")
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}), bytes.HasPrefix(head, []byte("BZh")), bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z'}), bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return Auto, fmt.Errorf("a compressed file: decompress it first")
	case bytes.HasPrefix(head, []byte("%PDF")):
		return Auto, fmt.Errorf("a PDF, not a table: copy the table into a spreadsheet and save it as CSV")
	case bytes.HasPrefix(head, []byte("RDX")), bytes.HasPrefix(head, []byte("RDA")):
		return Auto, fmt.Errorf("an R data file: write the table with write.csv")
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, utf8BOM), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("{")) && bytes.Contains(text[:min(len(text), 200)], []byte("darkfigure/")):
		return Auto, fmt.Errorf("a file of results, not a table: give the table they were made from; `darkfigure report` lays out results again")
	case bytes.HasPrefix(text, []byte("{")) && bytes.HasPrefix(bytes.TrimLeft(text[1:], " \t\r\n"), []byte(`"`)):
		return Auto, fmt.Errorf("JSON, not a table: tables are CSV, Parquet, Arrow, Excel or MARK files (results in JSON are for `darkfigure report`)")
	case isMarkup(text):
		return Auto, fmt.Errorf("HTML or XML, not a table: save it as CSV or .xlsx")
	}
	switch FormatOf(path) {
	case MARK:
		return MARK, nil
	case TSV:
		return TSV, nil
	case Auto:
		if looksLikeMARK(text) {
			return MARK, nil
		}
	}
	return CSV, nil
}

func isMarkup(text []byte) bool {
	start := bytes.ToLower(text[:min(len(text), 10)])
	for _, p := range []string{"<!doctype", "<html", "<?xml", "<table"} {
		if bytes.HasPrefix(start, []byte(p)) {
			return true
		}
	}
	return false
}
