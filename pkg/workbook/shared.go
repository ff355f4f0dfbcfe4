package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// The texts of a workbook that many cells share. A sheet of the greatest size has as many
// as it has cells; what doesn't fit in memory is written to a file that has no name.
const (
	maxShared      = 16 << 20
	sharedInMemory = 16 << 20
	sharedBlock    = 64 << 10
	blocksKept     = 64
)

// namespace is the table's.
const namespace = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`

type sharedTexts struct {
	// dir is where the file is made.
	dir string
	// ends tells where each text ends, in memory first and then in the file.
	ends   []uint32
	memory []byte
	file   *os.File
	// blocks are pieces of the file, each in the place of its number modulo their count.
	blocks [blocksKept]block
}

type block struct {
	number int64
	bytes  []byte
}

// read reads the whole table.
func (s *sharedTexts) read(tokens *scanner) error {
	root, err := tokens.next()
	if err != nil {
		return err
	}
	if string(root.name) != "sst" || !bytes.Contains(root.attributes, []byte(namespace)) {
		return errUnusual
	}
	var item []byte
	for root.kind == startTag {
		t, err := tokens.next()
		if err != nil {
			return unexpected(err)
		}
		switch {
		case t.kind == textToken && len(bytes.TrimSpace(t.text)) == 0:
			continue
		case t.kind == endTag && string(t.name) == "sst":
			return finish(tokens)
		case (t.kind != startTag && t.kind != emptyTag) || string(t.name) != "si":
			return errUnusual
		}
		item = item[:0]
		if t.kind == startTag {
			if item, err = readItem(tokens, "si", item); err != nil {
				return unexpected(err)
			}
		}
		if err := s.add(item); err != nil {
			return err
		}
	}
	return finish(tokens)
}

// finish sees that nothing comes after the table, and with it that the part is whole.
func finish(tokens *scanner) error {
	switch _, err := tokens.next(); {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return errUnusual
	default:
		return err
	}
}

func (s *sharedTexts) add(text []byte) error {
	if len(s.ends) == maxShared {
		return errTooMuch
	}
	s.memory = append(s.memory, text...)
	start := uint32(0)
	if n := len(s.ends); n > 0 {
		start = s.ends[n-1]
	}
	s.ends = append(s.ends, start+uint32(len(text)))
	if len(s.memory) < sharedInMemory {
		return nil
	}
	return s.spill()
}

// spill moves what is in memory to the end of the file: all of it, so that a text is
// never in both.
func (s *sharedTexts) spill() error {
	if s.file == nil {
		file, err := os.CreateTemp(s.dir, "shared-*")
		if err != nil {
			return fmt.Errorf("shared texts: %w", err)
		}
		s.file = file
		// Nobody else finds it, and it goes when the process goes.
		if err := os.Remove(file.Name()); err != nil {
			return fmt.Errorf("shared texts: %w", err)
		}
	}
	if _, err := s.file.Write(s.memory); err != nil {
		return fmt.Errorf("shared texts: %w", err)
	}
	s.memory = s.memory[:0]
	return nil
}

// append appends a text by its number.
func (s *sharedTexts) append(to []byte, number int) ([]byte, error) {
	if number >= len(s.ends) {
		return to, errNoSuchText
	}
	from, end := int64(0), int64(s.ends[number])
	if number > 0 {
		from = int64(s.ends[number-1])
	}
	spilled := int64(s.ends[len(s.ends)-1]) - int64(len(s.memory))
	if from >= spilled {
		return append(to, s.memory[from-spilled:end-spilled]...), nil
	}
	for from < end {
		piece, err := s.block(from / sharedBlock)
		if err != nil {
			return to, err
		}
		start := from % sharedBlock
		stop := min(start+end-from, int64(len(piece)))
		if stop <= start {
			return to, io.ErrUnexpectedEOF
		}
		to = append(to, piece[start:stop]...)
		from += stop - start
	}
	return to, nil
}

var errNoSuchText = errors.New("a cell's text is not in the table")

func (s *sharedTexts) block(number int64) ([]byte, error) {
	b := &s.blocks[number%blocksKept]
	if b.bytes != nil && b.number == number {
		return b.bytes, nil
	}
	if cap(b.bytes) == 0 {
		b.bytes = make([]byte, sharedBlock)
	}
	n, err := s.file.ReadAt(b.bytes[:sharedBlock], number*sharedBlock)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("shared texts: %w", err)
	}
	b.number, b.bytes = number, b.bytes[:n]
	return b.bytes, nil
}
