// Package rpc builds Baoxue's gRPC servers and clients, so that every one of
// them treats requests, identities and errors alike.
package rpc
