package linkage

// An assignmentEdge says what it is worth to give column to a row.
type assignmentEdge struct {
	column int32
	weight float64
}

// assign gives every row at most one column and every column to at most one row, so that
// the sum of the weights is largest; a row may stay without, at no cost. Only positive
// weights can matter. rows[i] holds the edges of row i; the answer is the column of each row, −1
// for none. Of several best answers it is always the same one for the same order of rows and columns.
//
// Rows are added one by one along the shortest augmenting path (Jonker and Volgenant 1987, A shortest
// augmenting path algorithm for dense and sparse linear assignment problems, Computing 38, 325–340,
// doi:10.1007/BF02278710), each with a column of its own that stands for "none".
func assign(rows [][]assignmentEdge, columns int) []int32 {
	n := len(rows)
	total := columns + n // column columns+i is "none" of row i
	var (
		owner = make([]int32, total) // row of a column
		of    = make([]int32, n)     // column of a row
		price = make([]float64, total)
		dist  = make([]float64, total)
		from  = make([]int32, total) // row from which the column was reached
		state = make([]uint8, total) // 0 unseen, 1 reached, 2 settled
		seen  []int32
		queue assignmentQueue
	)
	for j := range owner {
		owner[j] = -1
	}
	cost := func(i int, j int32) float64 { // of the column the row has
		if int(j) == columns+i {
			return 0
		}
		for _, e := range rows[i] {
			if e.column == j {
				return -e.weight
			}
		}
		panic("linkage: a row holds a column it has no edge to")
	}
	for start := range rows {
		seen, queue = seen[:0], queue[:0]
		reach := func(i int, j int32, d float64) {
			switch {
			case state[j] == 2 || state[j] == 1 && d >= dist[j]:
				return
			case state[j] == 0:
				seen = append(seen, j)
			}
			state[j], dist[j], from[j] = 1, d, int32(i)
			queue.push(assignmentItem{d, j})
		}
		relax := func(i int, base float64) {
			for _, e := range rows[i] {
				if e.weight > 0 {
					reach(i, e.column, base-e.weight-price[e.column])
				}
			}
			none := int32(columns + i)
			reach(i, none, base-price[none])
		}
		relax(start, 0)
		var last int32
		for {
			item := queue.pop()
			if state[item.column] == 2 {
				continue
			}
			j := item.column
			state[j] = 2
			if owner[j] < 0 {
				last = j
				break
			}
			i := int(owner[j])
			relax(i, dist[j]-(cost(i, j)-price[j]))
		}
		for _, j := range seen {
			if state[j] == 2 {
				price[j] += dist[j] - dist[last]
			}
			state[j] = 0
		}
		for j := last; ; { // flip the path
			i := from[j]
			owner[j] = i
			j, of[i] = of[i], j
			if int(i) == start {
				break
			}
		}
	}
	for i, j := range of {
		if int(j) >= columns {
			of[i] = -1
		}
	}
	return of
}

type assignmentItem struct {
	dist   float64
	column int32
}

// assignmentQueue is a heap of columns, the nearest first and of equally near ones the first.
type assignmentQueue []assignmentItem

func (a assignmentItem) before(b assignmentItem) bool {
	return a.dist < b.dist || a.dist == b.dist && a.column < b.column
}

func (q *assignmentQueue) push(x assignmentItem) {
	h := append(*q, x)
	k := len(h) - 1
	for k > 0 && x.before(h[(k-1)/2]) {
		h[k] = h[(k-1)/2]
		k = (k - 1) / 2
	}
	h[k] = x
	*q = h
}

func (q *assignmentQueue) pop() assignmentItem {
	h := *q
	top, x := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*q = h
	k := 0
	for {
		child := 2*k + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].before(h[child]) {
			child++
		}
		if !h[child].before(x) {
			break
		}
		h[k] = h[child]
		k = child
	}
	if len(h) > 0 {
		h[k] = x
	}
	return top
}
