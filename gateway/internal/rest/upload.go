package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"baoxue.internal/pkg/fault"
)

// passOn sends a file to a service piece by piece, as fast as the service takes it, after what has to be
// said first, if anything. It ends in one of two ways only: the whole file was sent and the service
// answered, or the stream is cancelled. A part of a file is never closed like a whole one.
func passOn[Request, Response any](
	r *http.Request, file io.Reader, limit fileLimit,
	open func(context.Context, ...grpc.CallOption) (grpc.ClientStreamingClient[Request, Response], error),
	first *Request, piece func(chunk []byte) *Request,
) (*Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	// Only the service's own time counts, not the client's slow line.
	late := time.AfterFunc(answerWithin, cancel)
	defer late.Stop()
	stream, err := open(asCaller(ctx, r))
	if err != nil {
		return nil, began(err, late)
	}
	if first != nil {
		if err := stream.Send(first); err != nil {
			return nil, refused(stream, err)
		}
	}
	late.Stop()
	if err := limit.pour(file, func(chunk []byte) error {
		if err := stream.Send(piece(chunk)); err != nil {
			return refused(stream, err)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	late.Reset(answerWithin)
	resp, err := stream.CloseAndRecv()
	if err != nil {
		return nil, began(err, late)
	}
	return resp, nil
}

// refused gives the service's reason to take no more: a stream tells its sender
// only that it has ended.
func refused[Request, Response any](stream grpc.ClientStreamingClient[Request, Response], err error) error {
	if errors.Is(err, io.EOF) {
		_, err = stream.CloseAndRecv()
	}
	return err
}

// began tells a service that did not answer in time from a client that left.
func began(err error, late *time.Timer) error {
	if !late.Stop() {
		return words(fault.Deadline, err)
	}
	return err
}

// created answers an upload with what was made of it, or with why nothing was.
func (a answers) created(w http.ResponseWriter, r *http.Request, message proto.Message, err error) {
	var body []byte
	if err == nil {
		body, err = marshaler.Marshal(message)
	}
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(body)
}

// asCaller passes the caller's credentials on.
func asCaller(ctx context.Context, r *http.Request) context.Context {
	if token := r.Header.Get("Authorization"); token != "" {
		return metadata.AppendToOutgoingContext(ctx, "authorization", token)
	}
	return ctx
}
