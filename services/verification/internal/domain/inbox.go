package domain

import (
	"strings"
	"time"
)

// Message is a step of an order that somebody else took, or that came by itself.
type Message struct {
	OrderID string
	Step    Step
	// Title, County and Issuer are the order's.
	Title, County, Issuer string
	// Read by whoever asks.
	Read bool
}

// MessagePlace is where a message stands in an inbox, which has the newest first.
type MessagePlace struct {
	At      time.Time
	OrderID string
	Number  int
}

// Place is the message's own.
func (m Message) Place() MessagePlace {
	return MessagePlace{At: m.Step.At, OrderID: m.OrderID, Number: m.Step.Number}
}

// Reader is whose inbox it is: a person, who reads for a region.
type Reader struct{ ID, Region string }

// Told are the kinds of steps that a region is told of: of the orders that it has to answer, of
// those that it gave, and of any other that it sees. An order that runs out is the province's
// business whoever gave it.
func (r Reader) Told() (county, issuer, other []StepKind) {
	county = []StepKind{StepIssued, StepExtended, StepReminded, StepEscalated, StepClosed}
	issuer = []StepKind{StepReceived, StepReplied, StepExtended, StepEscalated, StepClosed}
	if strings.HasSuffix(r.Region, "0000") {
		other = []StepKind{StepEscalated}
	}
	return county, issuer, other
}
