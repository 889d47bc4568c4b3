package formula

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Column is a named column of values.
type Column struct {
	Name    string
	Levels  []string  // the values met, in their natural order
	Index   []int     // of each row's value in Levels
	Numbers []float64 // the value of each of Levels; nil when some are not numbers
}

// NewColumn makes a column of text. A number is written in digits with a point, as in 12, -0.5 or 1e3.
func NewColumn(name string, values []string) Column {
	c := Column{Name: name, Index: make([]int, len(values))}
	at := map[string]int{}
	for i, v := range values {
		j, ok := at[v]
		if !ok {
			j = len(c.Levels)
			at[v] = j
			c.Levels = append(c.Levels, v)
		}
		c.Index[i] = j
	}
	numbers := make([]float64, len(c.Levels))
	numeric := len(c.Levels) > 0
	for j, l := range c.Levels {
		x, err := strconv.ParseFloat(l, 64)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) || strings.ContainsAny(l, "xX_") {
			numeric = false
			break
		}
		numbers[j] = x
	}
	order := make([]int, len(c.Levels))
	for j := range order {
		order[j] = j
	}
	slices.SortFunc(order, func(a, b int) int {
		if numeric {
			if o := cmp.Compare(numbers[a], numbers[b]); o != 0 {
				return o
			}
		}
		return cmp.Compare(c.Levels[a], c.Levels[b])
	})
	rank := make([]int, len(order))
	levels := make([]string, len(order))
	for place, j := range order {
		rank[j] = place
		levels[place] = c.Levels[j]
		if numeric {
			c.Numbers = append(c.Numbers, numbers[j])
		}
	}
	c.Levels = levels
	for i, j := range c.Index {
		c.Index[i] = rank[j]
	}
	return c
}

// A Design is the matrix of a linear predictor.
type Design struct {
	Names   []string  // of the columns: intercept, age, sex=male, age:sex=male
	X       []float64 // row-major, rows × len(Names)
	Factors []Factor  // those in the formula
}

// A Factor is a variable that enters by its levels.
type Factor struct {
	Name   string
	Levels []string
}

// mostColumns is more than any fit here can use.
const mostColumns = 2000

// Design builds the matrix of a formula over rows rows. Errors: a column that is not there, a factor with one level, too many columns.
func (f Formula) Design(columns []Column, rows int) (*Design, error) {
	type piece struct {
		names  []string
		values func(row int, dst []float64)
	}
	pieces := map[Variable]piece{}
	d := &Design{Names: []string{"intercept"}}
	for _, t := range f.Terms {
		for _, v := range t {
			if _, ok := pieces[v]; ok {
				continue
			}
			i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == v.Name })
			if i < 0 {
				return nil, fmt.Errorf("the formula names %s, and there is no such column", v.Name)
			}
			c := columns[i]
			if len(c.Levels) < 2 {
				return nil, fmt.Errorf("%s is the same everywhere: leave it out of the formula", v.Name)
			}
			if c.Numbers != nil && !v.Factor {
				pieces[v] = piece{names: []string{v.Name}, values: func(row int, dst []float64) { dst[0] = c.Numbers[c.Index[row]] }}
				continue
			}
			p := piece{}
			for _, l := range c.Levels[1:] {
				p.names = append(p.names, v.Name+"="+l)
			}
			p.values = func(row int, dst []float64) {
				clear(dst)
				if j := c.Index[row]; j > 0 {
					dst[j-1] = 1
				}
			}
			pieces[v] = p
			d.Factors = append(d.Factors, Factor{Name: v.Name, Levels: c.Levels})
		}
	}
	for _, t := range f.Terms {
		names := []string{""}
		for _, v := range t {
			var longer []string
			for _, second := range pieces[v].names {
				for _, first := range names {
					if first != "" {
						first += ":"
					}
					longer = append(longer, first+second)
				}
			}
			names = longer
			if len(d.Names)+len(names) > mostColumns {
				return nil, fmt.Errorf("the formula has more than %d columns: is %s meant to be a number?", mostColumns, v.Name)
			}
		}
		d.Names = append(d.Names, names...)
	}
	p := len(d.Names)
	d.X = make([]float64, rows*p)
	part, product := make([]float64, p), make([]float64, 0, p)
	for i := range rows {
		row := d.X[i*p : (i+1)*p]
		row[0] = 1
		at := 1
		for _, t := range f.Terms {
			product = append(product[:0], 1)
			for _, v := range t {
				second := part[:len(pieces[v].names)]
				pieces[v].values(i, second)
				n := len(product)
				for range len(second) - 1 {
					product = append(product, product[:n]...)
				}
				for j, x := range second {
					for k := range n {
						product[j*n+k] *= x
					}
				}
			}
			at += copy(row[at:], product)
		}
	}
	return d, nil
}
