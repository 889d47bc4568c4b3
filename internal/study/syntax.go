package study

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"darkfigure/internal/tableio"
)

// A SyntaxError is a study file that cannot be used: what is wrong, and where.
type SyntaxError struct {
	File string // base name
	Line int    // from 1; 0 when it concerns the whole file
	Msg  string
}

// Error is the position and the message.
func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// A reader goes through the tree of a study file. The first error ends everything: it is
// raised as a panic with a *SyntaxError, which parse catches.
type reader struct {
	file    string
	anchors map[string]ast.Node
	lines   map[string]int // of what errors found later point at
}

func (r *reader) fail(line int, format string, args ...any) {
	panic(&SyntaxError{File: r.file, Line: line, Msg: fmt.Sprintf(format, args...)})
}

// document is the tree of the only document of a file.
func (r *reader) document(src []byte) ast.Node {
	tree, err := parser.ParseBytes(src, 0)
	if err != nil {
		out := &SyntaxError{File: r.file, Msg: err.Error()}
		var e yaml.Error
		if errors.As(err, &e) {
			out.Msg = e.GetMessage()
			if t := e.GetToken(); t != nil && t.Position != nil {
				out.Line = t.Position.Line
			}
		}
		out.Msg, _, _ = strings.Cut(out.Msg, "\n")
		panic(out)
	}
	if len(tree.Docs) > 1 {
		r.fail(0, "there is more than one YAML document in the file: write one study per file")
	}
	if len(tree.Docs) == 0 || tree.Docs[0].Body == nil || tree.Docs[0].Body.Type() == ast.CommentType || tree.Docs[0].Body.Type() == ast.NullType {
		r.fail(0, "the file is empty: a study has registers")
	}
	ast.Walk(anchored(r.anchors), tree.Docs[0].Body)
	return tree.Docs[0].Body
}

// anchored collects the values that have a name (&name) to be repeated by it (*name).
type anchored map[string]ast.Node

func (a anchored) Visit(n ast.Node) ast.Visitor {
	if n, ok := n.(*ast.AnchorNode); ok {
		a[n.Name.GetToken().Value] = n.Value
	}
	return a
}

// plain follows anchors, aliases and tags to the value.
func (r *reader) plain(n ast.Node) ast.Node {
	for range 100 {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			n = v.Value
		case *ast.AliasNode:
			name := v.Value.GetToken().Value
			to, ok := r.anchors[name]
			if !ok {
				r.fail(line(v), "*%s repeats a value, but no value is marked &%s", name, name)
			}
			n = to
		default:
			return n
		}
	}
	r.fail(line(n), "this value repeats itself")
	return nil
}

func line(n ast.Node) int {
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return 0
	}
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		return line(m.Values[0].Key)
	}
	return n.GetToken().Position.Line
}

// A group is a group of "key: value" lines.
type group struct {
	*reader
	at     string // path, such as registers.police
	line   int
	keys   []string
	lineOf map[string]int
	values map[string]ast.Node
}

// group reads a group; allowed are its keys, none for keys that the user makes up.
func (r *reader) group(n ast.Node, at string, allowed ...string) *group {
	g := &group{reader: r, at: at, line: line(n), lineOf: map[string]int{}, values: map[string]ast.Node{}}
	var values []*ast.MappingValueNode
	switch v := r.plain(n).(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{v}
	default:
		r.fail(line(n), "%sa group of \"key: value\" lines is expected here, not %s", prefixed(at), kindOf(v))
	}
	for _, v := range values {
		var key string
		if _, merge := v.Key.(*ast.MergeKeyNode); merge {
			r.fail(line(v.Key), "<< is not used in study files: repeat a whole group with & and *")
		}
		key = r.scalar(v.Key, "a key")
		where := at
		if where != "" {
			where += "."
		}
		if len(allowed) > 0 && !slices.Contains(allowed, key) {
			r.fail(line(v.Key), "unknown key %q%s%s", key, within(at), suggestion(key, allowed))
		}
		if _, twice := g.values[key]; twice {
			r.fail(line(v.Key), "the key %q stands twice%s", key, within(at))
		}
		g.keys = append(g.keys, key)
		g.values[key] = v.Value
		g.lineOf[key] = line(v.Key)
		r.lines[where+key] = line(v.Key)
	}
	return g
}

func prefixed(at string) string {
	if at == "" {
		return ""
	}
	return at + ": "
}

func within(at string) string {
	if at == "" {
		return ""
	}
	return " in " + at
}

// suggestion names the nearest valid name, else all of them.
func suggestion(name string, valid []string) string {
	if n, ok := tableio.Nearest(name, valid); ok {
		return fmt.Sprintf(": did you mean %s?", n)
	}
	return ": there are " + strings.Join(valid, ", ")
}

func isGroup(n ast.Node) bool {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return true
	}
	return false
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a group of \"key: value\" lines"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode, nil:
		return "nothing"
	case *ast.BoolNode:
		return "true or false"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	}
	return "text"
}

func (g *group) path(key string) string {
	if g.at == "" {
		return key
	}
	return g.at + "." + key
}

func (g *group) has(key string) bool { return g.values[key] != nil }

// failAt is an error about a key, or about the group when the key is not there.
func (g *group) failAt(key, format string, args ...any) {
	line := g.line
	if l, ok := g.lineOf[key]; ok {
		line = l
	}
	g.fail(line, "%s", g.path(key)+": "+fmt.Sprintf(format, args...))
}

// scalar is a value as it stands in the file: numbers and dates keep their digits.
func (r *reader) scalar(n ast.Node, what string) string {
	switch v := r.plain(n).(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return v.GetToken().Value
	case *ast.NullNode:
		if v.GetToken() != nil && v.GetToken().Value != "" && v.GetToken().Value != "null" {
			return v.GetToken().Value
		}
		r.fail(line(n), "%s is empty", what)
	default:
		r.fail(line(n), "%s: text is expected here, not %s", what, kindOf(v))
	}
	return ""
}

// text is the value of a key, "" when it is not there.
func (g *group) text(key string) string {
	if !g.has(key) {
		return ""
	}
	return g.scalar(g.values[key], g.path(key))
}

// word is one of the allowed words.
func (g *group) word(key string, allowed ...string) string {
	s := g.text(key)
	if s != "" && !slices.Contains(allowed, s) {
		g.failAt(key, "%q is not known%s", s, suggestion(s, allowed))
	}
	return s
}

func (g *group) flag(key string) bool {
	if !g.has(key) {
		return false
	}
	if b, ok := g.plain(g.values[key]).(*ast.BoolNode); ok {
		return b.Value
	}
	g.failAt(key, "true or false is expected here, not %s", kindOf(g.plain(g.values[key])))
	return false
}

// whole is a whole number between least and most; otherwise when the key is not there.
func (g *group) whole(key string, least, most, otherwise int64) int64 {
	if !g.has(key) {
		return otherwise
	}
	s := strings.ReplaceAll(g.text(key), "_", "")
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		if f, err2 := strconv.ParseFloat(s, 64); err2 == nil && f == float64(int64(f)) { // 5e8
			n, err = int64(f), nil
		}
	}
	if err != nil {
		g.failAt(key, "%q is not a whole number", s)
	}
	if n < least || n > most {
		g.failAt(key, "%d does not lie between %d and %d", n, least, most)
	}
	return n
}

// share is a number between 0 and 1, both left out.
func (g *group) share(key string, otherwise float64) float64 {
	if !g.has(key) {
		return otherwise
	}
	s := g.text(key)
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || !(x > 0 && x < 1) {
		g.failAt(key, "%q is not a number between 0 and 1", s)
	}
	return x
}

// list is a list of texts; a single text is a list of one.
func (g *group) list(key string) []string {
	if !g.has(key) {
		return nil
	}
	n := g.plain(g.values[key])
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		return []string{g.scalar(n, g.path(key))}
	}
	out := []string{}
	for _, v := range s.Values {
		out = append(out, g.scalar(v, "an element of "+g.path(key)))
	}
	return out
}

// lists is a list of lists of texts.
func (g *group) lists(key string) [][]string {
	s, ok := g.plain(g.values[key]).(*ast.SequenceNode)
	if !ok {
		g.failAt(key, "a list of lists is expected here, such as [[birth_date], [surname_sound, birth_year]], not %s", kindOf(g.plain(g.values[key])))
	}
	var out [][]string
	for _, v := range s.Values {
		inner, ok := g.plain(v).(*ast.SequenceNode)
		if !ok {
			g.fail(line(v), "%s: every rule is a list of its own, such as [birth_date]", g.path(key))
		}
		out = append(out, g.elements(key, inner, "a rule is empty"))
	}
	return out
}

// elements are the texts of a list within the list of a key; empty says what is wrong when it has none.
func (g *group) elements(key string, list *ast.SequenceNode, empty string) []string {
	var out []string
	for _, v := range list.Values {
		out = append(out, g.scalar(v, "an element of "+g.path(key)))
	}
	if len(out) == 0 {
		g.fail(line(list), "%s: %s", g.path(key), empty)
	}
	return out
}

// tables is a list of lists of texts, or one list, which is then the only one; a text among lists is a list of its own.
func (g *group) tables(key string) [][]string {
	if !g.has(key) {
		return nil
	}
	s, ok := g.plain(g.values[key]).(*ast.SequenceNode)
	if !ok || !slices.ContainsFunc(s.Values, func(v ast.Node) bool { _, ok := g.plain(v).(*ast.SequenceNode); return ok }) {
		if one := g.list(key); len(one) > 0 {
			return [][]string{one}
		}
		return nil
	}
	var out [][]string
	for _, v := range s.Values {
		inner, ok := g.plain(v).(*ast.SequenceNode)
		if !ok {
			out = append(out, []string{g.scalar(v, "an element of "+g.path(key))})
			continue
		}
		out = append(out, g.elements(key, inner, "a table has no groups"))
	}
	return out
}

// sub is a group within the group; nil when the key is not there.
func (g *group) sub(key string, allowed ...string) *group {
	if !g.has(key) {
		return nil
	}
	if _, null := g.plain(g.values[key]).(*ast.NullNode); null {
		return nil
	}
	return g.reader.group(g.values[key], g.path(key), allowed...)
}
