//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package publisher

import (
	"os"
	"syscall"
)

// lockFolder waits until no other process writes into a folder; the lock ends
// when the folder is closed, or its process dies.
func lockFolder(folder *os.File) error {
	for {
		err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX)
		if err != syscall.EINTR {
			return err
		}
	}
}
