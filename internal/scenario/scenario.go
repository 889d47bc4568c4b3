package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// A Scenario is what a scenario file says: a population, what is asked of it, and how often.
type Scenario struct {
	Name        string
	Description string
	People      People
	Replicates  int      // tables drawn
	Methods     []string // as they stand in the file: the flags of one method each
	Seed        uint64
	Levels      []float64 // of the intervals, the headline first

	file syntax
}

// People describes the population: either Table is set, or Size and Lists are.
type People struct {
	Table  string // path of a table, relative to the scenario file
	Model  string // the model fitted to it, or
	Select string // how it is selected

	Size       int64
	Lists      []Share
	Dependence []Dependence
	Classes    []Class
}

// A Share is the part of the people that a list holds.
type Share struct {
	List  string
	Share float64
}

// A Dependence is between two lists: the odds of being on one are OddsRatio times as high for those on the other, given
// the other lists and the class.
type Dependence struct {
	Between   [2]string
	OddsRatio float64
}

// A Class is a part of the people with capture shares of its own; lists that it does not name have
// those of the population.
type Class struct {
	Share float64
	Lists []Share
}

// DefaultReplicates is the number of tables when the file does not say.
const DefaultReplicates = 500

// Limits of a scenario.
const (
	MaxReplicates = 1_000_000
	MaxSize       = 1_000_000_000
	MaxLists      = 16
)

// A SyntaxError is a scenario file that cannot be read: what is wrong, and where.
type SyntaxError struct {
	File string
	Line int // from 1; 0 when it concerns the whole file
	Msg  string
}

// Error is the position and the message.
func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// syntax finds lines in a file.
type syntax struct {
	name string
	tree *ast.File
}

// fail is an error at the place that a path of keys (string) and positions (int) leads to.
func (s syntax) fail(at []any, format string, args ...any) error {
	e := &SyntaxError{File: s.name, Msg: fmt.Sprintf(format, args...)}
	for n := len(at); n > 0 && e.Line == 0; n-- { // the nearest enclosing thing that is there
		b := (&yaml.PathBuilder{}).Root()
		for _, step := range at[:n] {
			switch step := step.(type) {
			case string:
				b = b.Child(step)
			case int:
				b = b.Index(uint(step))
			}
		}
		if node, err := b.Build().FilterFile(s.tree); err == nil && node != nil && node.GetToken() != nil {
			e.Line = node.GetToken().Position.Line
		}
	}
	return e
}

type document struct {
	Name        string     `yaml:"name"`
	Description string     `yaml:"description"`
	Population  population `yaml:"population"`
	Replicates  *int       `yaml:"replicates"`
	Methods     []string   `yaml:"methods"`
	Seed        *uint64    `yaml:"seed"`
	Levels      []float64  `yaml:"levels"`
}

type population struct {
	Table      string        `yaml:"table"`
	Model      string        `yaml:"model"`
	Select     string        `yaml:"select"`
	Size       int64         `yaml:"size"`
	Lists      yaml.MapSlice `yaml:"lists"`
	Dependence []dependence  `yaml:"dependence"`
	Classes    []class       `yaml:"classes"`
}

type dependence struct {
	Between   []string `yaml:"between"`
	OddsRatio *float64 `yaml:"odds_ratio"`
}

type class struct {
	Share float64       `yaml:"share"`
	Lists yaml.MapSlice `yaml:"lists"`
}

// Parse reads a scenario file; name is for messages. Unknown and repeated keys, values of the wrong kind and numbers that
// make no sense are a [*SyntaxError].
func Parse(src []byte, name string) (*Scenario, error) {
	s := &Scenario{file: syntax{name: filepath.Base(name)}}
	d, err := s.file.decode(src)
	if err != nil {
		return nil, err
	}
	s.Name, s.Description, s.Methods = d.Name, strings.TrimSpace(d.Description), d.Methods
	if s.Name == "" {
		s.Name = strings.TrimSuffix(s.file.name, filepath.Ext(s.file.name))
	}
	if s.Replicates = DefaultReplicates; d.Replicates != nil {
		s.Replicates = *d.Replicates
	}
	if s.Replicates < 1 || s.Replicates > MaxReplicates {
		return nil, s.file.fail([]any{"replicates"}, "replicates is %d: between 1 and %d tables can be drawn", s.Replicates, MaxReplicates)
	}
	if s.Seed = 1; d.Seed != nil {
		s.Seed = *d.Seed
	}
	if s.Levels = d.Levels; len(s.Levels) == 0 {
		s.Levels = []float64{0.95}
	}
	for i, l := range s.Levels {
		if !(l > 0 && l < 1) || slices.Contains(s.Levels[:i], l) {
			return nil, s.file.fail([]any{"levels", i}, "level %g: levels lie between 0 and 1, each once, such as 0.95", l)
		}
	}
	if len(s.Methods) == 0 {
		return nil, s.file.fail([]any{"methods"}, "there are no methods: list at least one, such as - --method chapman")
	}
	for i, m := range s.Methods {
		s.Methods[i] = strings.Join(strings.Fields(m), " ")
		if s.Methods[i] == "" {
			return nil, s.file.fail([]any{"methods", i}, "method %d is empty", i+1)
		}
		if slices.Contains(s.Methods[:i], s.Methods[i]) {
			return nil, s.file.fail([]any{"methods", i}, "the method %s is listed twice", s.Methods[i])
		}
	}
	return s, s.population(d.Population)
}

// decode reads the YAML of a scenario.
func (s *syntax) decode(src []byte) (d document, err error) {
	return d, s.read(src, "a scenario has population and methods", &d)
}

// read reads the YAML of one document into what v points to, strictly; has says what an empty file lacks. The reader
// panics on some files that are no YAML at all; that too is an error of the file.
func (s *syntax) read(src []byte, has string, v any) (err error) {
	defer func() {
		if recover() != nil {
			err = &SyntaxError{File: s.name, Msg: "the file cannot be read as YAML"}
		}
	}()
	if s.tree, err = parser.ParseBytes(src, 0); err != nil {
		return s.yaml(err)
	}
	if len(s.tree.Docs) > 1 {
		return &SyntaxError{File: s.name, Msg: "there is more than one YAML document in the file: write one scenario per file"}
	}
	if err := yaml.NewDecoder(bytes.NewReader(src), yaml.Strict()).Decode(v); errors.Is(err, io.EOF) {
		return &SyntaxError{File: s.name, Msg: "the file is empty: " + has}
	} else if err != nil {
		return s.yaml(err)
	}
	return nil
}

// yaml makes an error of the YAML reader one of ours.
func (s syntax) yaml(err error) error {
	out := &SyntaxError{File: s.name, Msg: err.Error()}
	var e yaml.Error
	if errors.As(err, &e) {
		out.Msg = e.GetMessage()
		if t := e.GetToken(); t != nil && t.Position != nil {
			out.Line = t.Position.Line
		}
	}
	out.Msg = strings.NewReplacer("unknown field", "unknown key", "Go struct field ", "", "Go value of ", "", "cannot unmarshal ", "cannot read ").Replace(out.Msg)
	if i := strings.IndexByte(out.Msg, '\n'); i >= 0 {
		out.Msg = out.Msg[:i]
	}
	// "string was used where mapping is expected"
	if was, expected, ok := strings.Cut(out.Msg, " was used where "); ok {
		expected = strings.TrimSuffix(expected, " is expected")
		out.Msg = fmt.Sprintf("%s is expected here, not %s", plainKind(expected), plainKind(was))
	}
	return out
}

// plainKind is what the YAML reader calls a kind of value, in plain words.
func plainKind(kind string) string {
	switch strings.ToLower(strings.TrimSpace(kind)) {
	case "mapping":
		return "a group of \"key: value\" lines"
	case "sequence":
		return "a list of lines that start with -"
	case "string":
		return "text"
	case "int", "integer", "float", "number":
		return "a number"
	case "bool", "boolean":
		return "true or false"
	case "null":
		return "nothing"
	}
	return "a value of another kind (" + kind + ")"
}

func (s *Scenario) population(d population) error {
	at := func(steps ...any) []any { return append([]any{"population"}, steps...) }
	p := &s.People
	p.Table, p.Model, p.Select, p.Size = d.Table, d.Model, d.Select, d.Size
	if p.Table != "" {
		switch {
		case d.Size != 0 || d.Lists != nil || d.Dependence != nil || d.Classes != nil:
			return s.file.fail(at("table"), "a population is either a table with a model, or size and lists: leave one of them out")
		case (p.Model == "") == (p.Select == ""):
			return s.file.fail(at("table"), "a table needs the model that is taken as the truth: either model, such as '[12,13]', or select, such as stepwise")
		}
		return nil
	}
	switch {
	case p.Model != "" || p.Select != "":
		return s.file.fail(at(), "model and select go with a table")
	case p.Size == 0 && d.Lists == nil:
		return s.file.fail(at(), "there is no population: give table and model, or size and lists")
	case p.Size < 1 || p.Size > MaxSize:
		return s.file.fail(at("size"), "size is %d: between 1 and %d people", p.Size, MaxSize)
	}
	var err error
	if p.Lists, err = s.shares(d.Lists, at("lists"), nil); err != nil {
		return err
	}
	if n := len(p.Lists); n < 2 || n > MaxLists {
		return s.file.fail(at("lists"), "there are %d lists: between 2 and %d can be simulated", n, MaxLists)
	}
	names := make([]string, len(p.Lists))
	for i, l := range p.Lists {
		names[i] = l.List
	}
	for i, x := range d.Dependence {
		where := at("dependence", i)
		if len(x.Between) != 2 || x.Between[0] == x.Between[1] {
			return s.file.fail(where, "dependence is between two lists: between: [%s, %s]", names[0], names[1])
		}
		for _, name := range x.Between {
			if !slices.Contains(names, name) {
				return s.file.fail(where, "there is no list %q: the lists are %s", name, strings.Join(names, ", "))
			}
		}
		if x.OddsRatio == nil || !(*x.OddsRatio > 0) || math.IsInf(*x.OddsRatio, 0) {
			return s.file.fail(where, "odds_ratio is a number above 0: 1 is independence, 3 lists that refer people to each other, 0.3 lists that avoid each other")
		}
		next := Dependence{Between: [2]string{x.Between[0], x.Between[1]}, OddsRatio: *x.OddsRatio}
		for _, other := range p.Dependence {
			if slices.Contains(other.Between[:], next.Between[0]) && slices.Contains(other.Between[:], next.Between[1]) {
				return s.file.fail(where, "the dependence between %s and %s is given twice", next.Between[0], next.Between[1])
			}
		}
		p.Dependence = append(p.Dependence, next)
	}
	total := 0.0
	for i, x := range d.Classes {
		if !(x.Share > 0 && x.Share <= 1) {
			return s.file.fail(at("classes", i), "the share of class %d is %g: it lies between 0 and 1", i+1, x.Share)
		}
		c := Class{Share: x.Share}
		if c.Lists, err = s.shares(x.Lists, at("classes", i, "lists"), names); err != nil {
			return err
		}
		total += x.Share
		p.Classes = append(p.Classes, c)
	}
	if len(p.Classes) > 0 && math.Abs(total-1) > 1e-9 {
		return s.file.fail(at("classes"), "the shares of the classes add up to %g, not to 1", total)
	}
	return nil
}

// shares reads the capture shares of lists, in the order of the file.
func (s *Scenario) shares(m yaml.MapSlice, at []any, known []string) ([]Share, error) {
	var out []Share
	for _, item := range m {
		name, ok := item.Key.(string)
		if !ok {
			name = fmt.Sprint(item.Key)
		}
		where := append(slices.Clone(at), name)
		if known != nil && !slices.Contains(known, name) {
			return nil, s.file.fail(where, "there is no list %q: the lists are %s", name, strings.Join(known, ", "))
		}
		var share float64
		switch v := item.Value.(type) {
		case float64:
			share = v
		case uint64:
			share = float64(v)
		case int64:
			share = float64(v)
		default:
			return nil, s.file.fail(where, "the capture share of %s is %v: it is a number between 0 and 1, such as 0.12", name, item.Value)
		}
		if !(share > 0 && share < 1) {
			return nil, s.file.fail(where, "the capture share of %s is %g: it lies between 0 and 1, both left out", name, share)
		}
		out = append(out, Share{name, share})
	}
	return out, nil
}

// MethodError is an error about method i, at its line.
func (s *Scenario) MethodError(i int, err error) error {
	return s.file.fail([]any{"methods", i}, "%s: %s", s.Methods[i], err)
}

// PopulationError is an error about the population, at its line.
func (s *Scenario) PopulationError(err error) error {
	return s.file.fail([]any{"population"}, "the population cannot be made: %s", err)
}
