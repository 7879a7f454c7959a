// Guestbook is the lab's example application: a page on which a person leaves a message.
// It writes through the Redis leader and reads from a follower, so that it works only if the whole cluster does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// Version is stamped by the linker.
var Version = "development"

// patience is how long requests under way may take once the pod has been asked to stop; its grace period is 5 s.
const patience = 4 * time.Second

func main() {
	listen := flag.String("listen", setting("LISTEN", ":8080"), "address to serve on (LISTEN)")
	leader := flag.String("leader", setting("REDIS_LEADER", "redis-leader:6379"), "Redis that takes writes (REDIS_LEADER)")
	follower := flag.String("follower", setting("REDIS_FOLLOWER", "redis-follower:6379"), "Redis that is read (REDIS_FOLLOWER)")
	secret := flag.String("password-file", setting("REDIS_PASSWORD_FILE", ""), "file with Redis's password; REDIS_PASSWORD otherwise")
	version := flag.Bool("version", false, "print the version and end")
	flag.Parse()
	if *version {
		fmt.Println(Version)
		return
	}
	if err := run(*listen, *leader, *follower, *secret); err != nil {
		slog.Error("guestbook ends", "error", err)
		os.Exit(1)
	}
}

func run(listen, leader, follower, secret string) error {
	password, err := readPassword(secret)
	if err != nil {
		return err
	}
	pod, err := os.Hostname()
	if err != nil {
		return err
	}
	book := openRedis(leader, follower, password)
	defer book.close()
	server := &http.Server{
		Addr:              listen,
		Handler:           newHandler(book, pod),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      20 * time.Second,
		IdleTimeout:       60 * time.Second,
	}
	asked, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	slog.Info("guestbook serves", "version", Version, "listen", listen, "leader", leader, "follower", follower)
	select {
	case err := <-failed:
		return err
	case <-asked.Done():
	}
	limit, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := server.Shutdown(limit); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func setting(name, otherwise string) string {
	if value, ok := os.LookupEnv(name); ok {
		return value
	}
	return otherwise
}

func readPassword(file string) (string, error) {
	if file == "" {
		return os.Getenv("REDIS_PASSWORD"), nil
	}
	content, err := os.ReadFile(file)
	return strings.TrimRight(string(content), "\n"), err
}
