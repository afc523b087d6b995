// Stands in for Kubernetes' pause: the first process of a pod's namespaces. It ends on SIGINT and SIGTERM and until then
// takes in the exit codes of processes that lost their parents (process 1 in a pod with a shared process namespace).
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	for _, argument := range os.Args[1:] {
		if strings.EqualFold(argument, "-v") {
			fmt.Println("pause, a stand-in for 3.10.2")
			return
		}
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			fmt.Fprintln(os.Stderr, "Shutting down, got signal:", received)
			return
		}
		reap()
	}
}

// Several children may have ended behind one signal.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err != nil && err != syscall.EINTR {
			return
		}
		if err == nil && pid <= 0 {
			return
		}
	}
}
