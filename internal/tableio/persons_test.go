package tableio_test

import (
	"context"
	"io"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	"darkfigure/internal/tableio"
)

// persons is an endless supply of person rows as CSV: five lists and two covariates.
type persons struct {
	left, done int64
	at         map[int64]func() // called when so many rows were made
	buf        []byte
	begun      bool
}

func (p *persons) Read(b []byte) (int, error) {
	for len(p.buf) < 32<<10 && p.left > 0 {
		if !p.begun {
			p.buf = append(p.buf, "police,care,shelter,border,health,year,sex\n"...)
			p.begun = true
		}
		x := uint64(p.done) * 0x9e3779b97f4a7c15 >> 32 // scatters the histories
		history := x&31 | x>>5&31&(x>>10&31)
		if history == 0 {
			history = 1
		}
		for i := range 5 {
			p.buf = append(p.buf, '0'+byte(history>>i&1), ',')
		}
		p.buf = strconv.AppendUint(p.buf, 2010+x>>15&7, 10)
		p.buf = append(p.buf, ',', "fm"[x>>18&1], '\n')
		p.left--
		p.done++
		if f := p.at[p.done]; f != nil {
			f()
		}
	}
	if len(p.buf) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.buf)
	p.buf = p.buf[:copy(p.buf, p.buf[n:])]
	return n, nil
}

func BenchmarkReadTable(b *testing.B) {
	for _, rows := range []int64{1_000_000} {
		b.Run("format=csv/rows="+strconv.FormatInt(rows, 10), func(b *testing.B) {
			all, err := io.ReadAll(&persons{left: rows})
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(all)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := read(all, tableio.Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

// The heap that lives while rows are read must not grow with their number.
func TestMemoryDoesNotGrowWithRows(t *testing.T) {
	if testing.Short() {
		t.Skip("reads two million rows")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	live := func(rows int64) uint64 {
		var most uint64
		measure := func() {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
		src := &persons{left: rows, at: map[int64]func(){rows / 2: measure, rows - 1: measure}}
		r, err := tableio.ReadTable(context.Background(), tableio.Source{Path: "-", Stdin: src}, tableio.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Table.Observed() != rows || !r.Persons {
			t.Fatalf("%d persons of %d", r.Table.Observed(), rows)
		}
		return most
	}
	small, large := live(100_000), live(2_000_000)
	t.Logf("live heap: %d kB at 100,000 rows, %d kB at 2,000,000", small>>10, large>>10)
	if large > small+1<<20 {
		t.Errorf("the live heap grew from %d to %d bytes", small, large)
	}
}
