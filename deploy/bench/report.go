package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
)

// result is one figure beside its floor, in the same unit.
type result struct {
	what, unit string
	ours       float64
	floor      float64
	floorIs    string
}

func report(w io.Writer, o options, results []result) error {
	if _, err := fmt.Fprintf(w, "\n%d rows, %d more were there before, %d CPUs\n\n", o.rows, o.loaded, runtime.NumCPU()); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "measure\tunit\tours\tfloor\tours/floor\tthe floor is")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%s\t%.2f\t%.2f\t%.2f\t%s\n", r.what, r.unit, r.ours, r.floor, r.ours/r.floor, r.floorIs)
	}
	return t.Flush()
}
