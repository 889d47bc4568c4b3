package study

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"darkfigure/internal/linkage/text"
	"darkfigure/internal/tableio"
)

// Read reads the registers of the study, whose files are relative to folder, and takes the records that belong to the
// population, in the order of the study file.
func (s *Study) Read(ctx context.Context, folder string) ([]*Records, error) {
	var out []*Records
	merges, err := s.merges(folder)
	if err != nil {
		return nil, err
	}
	for _, reg := range s.Registers {
		path := reg.File
		if !filepath.IsAbs(path) {
			path = filepath.Join(folder, path)
		}
		r, err := s.readRegister(ctx, reg, path)
		if err != nil {
			return nil, err
		}
		if merges != nil {
			year := max(s.Population.Reference.Year, s.Population.Period.To.Year)
			if year == 0 {
				year = 9999
			}
			for j, f := range r.Fields {
				if f != "place" {
					continue
				}
				for _, values := range r.Values {
					if place, why := text.Place(values[j]); why == text.Kept {
						values[j] = merges.Current(place, year)
					}
				}
			}
		}
		out = append(out, r)
	}
	return out, nil
}

// merges are the municipalities that were merged into others; nil when the study names no such file.
func (s *Study) merges(folder string) (*text.Merges, error) {
	if s.Linking.Municipalities == "" {
		return nil, nil
	}
	var m text.Merges
	err := s.extra(folder, "municipalities", s.Linking.Municipalities, func(src []byte, name string) (err error) {
		m, err = text.ReadMerges(bytes.NewReader(src), name)
		return err
	})
	return &m, err
}

// nicknames are the given names that may be of one person: those that are built in, and those of the study.
func (s *Study) nicknames(folder string) (text.Nicknames, error) {
	n := text.DefaultNicknames()
	if s.Linking.Nicknames == "" {
		return n, nil
	}
	err := s.extra(folder, "nicknames", s.Linking.Nicknames, func(src []byte, name string) (err error) {
		n, err = n.Extend(bytes.NewReader(src), name)
		return err
	})
	return n, err
}

// extra reads a small file that the study names under linkage.
func (s *Study) extra(folder, key, path string, read func(src []byte, name string) error) error {
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := read(src, filepath.Base(path)); err != nil {
		return s.Fail("linkage."+key, "linkage."+key+": "+err.Error())
	}
	return nil
}

// extras are the small files named under linkage, for the manifest.
func (s *Study) extras(folder string) ([]fileJSON, error) {
	var out []fileJSON
	for key, path := range map[string]string{"municipalities": s.Linking.Municipalities, "nicknames": s.Linking.Nicknames} {
		if path == "" {
			continue
		}
		err := s.extra(folder, key, path, func(src []byte, name string) error {
			out = append(out, fileJSON{File: name, SHA256: fmt.Sprintf("%x", sha256.Sum256(src)), What: key})
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b fileJSON) int { return cmp.Compare(a.What, b.What) })
	return out, nil
}

func (s *Study) readRegister(ctx context.Context, reg Register, path string) (*Records, error) {
	src := tableio.Source{Path: path}
	header, err := tableio.RegisterHeader(ctx, src, tableio.Auto)
	if err != nil {
		return nil, err
	}
	file, _, _ := strings.Cut(filepath.Base(path), "#")
	c, err := s.find(reg, file, header)
	var missing *missingColumn
	switch {
	case errors.As(err, &missing):
		// The names may stand further down, under a title: that is said with its line.
		var at *tableio.SyntaxError
		if _, err := tableio.ReadRegister(ctx, src, tableio.RegisterOptions{Columns: reg.named()}, func(int, []string) error { return nil }); errors.As(err, &at) && at.Line > 1 {
			return nil, err
		}
		return nil, missing.err
	case err != nil:
		return nil, err
	}
	in, err := readInput(ctx, src, c.names(header), reg.Missing)
	if err != nil {
		return nil, err
	}
	c.move(header, in.header)
	return s.admit(reg, in, c)
}

// readInput reads columns of a file.
func readInput(ctx context.Context, src tableio.Source, columns, missing []string) (*input, error) {
	in := &input{header: columns}
	info, err := tableio.ReadRegister(ctx, src, tableio.RegisterOptions{Columns: columns, Missing: missing}, func(line int, values []string) error {
		in.rows, in.lines = append(in.rows, slices.Clone(values)), append(in.lines, line)
		return nil
	})
	if err != nil {
		return nil, err
	}
	in.name, in.sha256, in.info = info.Source, info.SHA256, info
	return in, nil
}

// named are the columns that the study file names.
func (r Register) named() []string {
	var out []string
	add := func(name string) {
		if name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	add(r.ID)
	for _, c := range r.Columns {
		add(c.Column)
		for _, more := range c.More {
			add(more)
		}
	}
	return out
}
