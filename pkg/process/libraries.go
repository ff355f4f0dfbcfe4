package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"

	"google.golang.org/grpc/grpclog"
)

// hearLibraries lets libraries that have loggers of their own write to the process's: every line of it is JSON.
// net/http uses the package log, gRPC and the gateway use grpclog.
func hearLibraries(log *slog.Logger) {
	slog.SetLogLoggerLevel(slog.LevelWarn)
	slog.SetDefault(log)
	// What is fatal ends the process as it is written.
	grpclog.SetLoggerV2(grpcLog{grpclog.NewLoggerV2(io.Discard, io.Discard, os.Stderr), log})
}

// grpcLog passes on errors alone, as grpclog does unless asked for more. They are warnings here: what fails
// by them is told by whoever was called.
type grpcLog struct {
	grpclog.LoggerV2
	log *slog.Logger
}

// Error implements grpclog.LoggerV2.
func (l grpcLog) Error(args ...any) { l.warn(fmt.Sprint(args...), args) }

// Errorln implements grpclog.LoggerV2.
func (l grpcLog) Errorln(args ...any) { l.warn(fmt.Sprint(args...), args) }

// Errorf implements grpclog.LoggerV2.
func (l grpcLog) Errorf(format string, args ...any) { l.warn(fmt.Sprintf(format, args...), args) }

func (l grpcLog) warn(text string, args []any) {
	level := slog.LevelWarn
	for _, arg := range args {
		if err, is := arg.(error); is && callerLeft(err) {
			level = slog.LevelDebug
		}
	}
	l.log.Log(context.Background(), level, "gRPC", "error", text)
}

// callerLeft tells that somebody closed a page while it was answered.
func callerLeft(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, context.Canceled)
}
