package tableio_test

import "darkfigure/internal/tableio"

// tabular are the formats a table can be written to and read from.
var tabular = []tableio.Format{tableio.CSV, tableio.TSV, tableio.Parquet, tableio.Arrow, tableio.Excel}
