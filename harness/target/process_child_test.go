package target

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The children of these tests are this test binary, run again with one of these variables.
const (
	childMode     = "TARGET_TEST_CHILD"    // what to do, a key of children
	childLifeline = "TARGET_TEST_LIFELINE" // address of a lifeline to hold while alive
	childWord     = "TARGET_TEST_WORD"     // something to print
)

func TestMain(m *testing.M) {
	mode := os.Getenv(childMode)
	if mode == "" {
		os.Exit(m.Run())
	}
	signal.Notify(terminated, syscall.SIGTERM)
	children[mode]()
}

var children = map[string]func(){
	"ready": func() {
		hold("child")
		listenAndSay()
		untilTerminated()
		fmt.Println("bye")
	},
	"options": func() {
		for _, o := range (Profile{}).options("", "") {
			fmt.Println(o.variable + "=" + os.Getenv(o.variable))
		}
		wd, _ := os.Getwd()
		fmt.Printf("arguments %q in %s, word %s\n", os.Args[1:], filepath.Base(wd), os.Getenv(childWord))
		listenAndSay()
		untilTerminated()
	},
	"fails": func() {
		fmt.Println("starting")
		fmt.Fprintln(os.Stderr, os.Getenv(childWord))
		os.Exit(3)
	},
	"silent": func() {
		hold("child")
		fmt.Println("thinking")
		untilTerminated()
	},
	"says": func() {
		fmt.Println(os.Getenv(childWord))
		untilTerminated()
	},
	"stubborn": func() {
		signal.Ignore(syscall.SIGTERM)
		hold("child")
		listenAndSay()
		forever()
	},
	"loud": func() {
		lines := []byte(strings.Repeat(strings.Repeat("x", 99)+"\n", 1000))
		fmt.Println("first")
		listenAndSay()
		for range 1000 {
			os.Stdout.Write(lines)
		}
		untilTerminated()
		fmt.Println("last")
	},
	"garbage": func() {
		os.Stdout.Write([]byte("\x00\xff\xfe\x1b[2J\x07\r\n" + strings.Repeat("\x00", 20_000) + "\n"))
		listenAndSay()
		untilTerminated()
	},
	"parent": func() { // its child holds the pipes, too
		startGrandchild("silent")
		listenAndSay()
		untilTerminated()
	},
	"parent of a stubborn child": func() {
		startGrandchild("stubborn grandchild")
		listenAndSay()
		untilTerminated()
	},
	"ends when told": func() {
		conn := hold("child")
		listenAndSay()
		conn.Read(make([]byte, 1))
		os.Exit(7)
	},
	"stubborn grandchild": func() {
		signal.Ignore(syscall.SIGTERM)
		hold("child")
		forever()
	},
	"supervisor": func() { // starts a parent as sio-conform does, and is killed
		s := child("parent")
		s.Env[childLifeline] = os.Getenv(childLifeline)
		if _, err := s.Start(context.Background(), Profiles()[0]); err != nil {
			fmt.Println(err)
		}
		hold("supervisor")
		forever()
	},
	"port taken": func() {
		_, err := net.Listen("tcp", os.Getenv(childWord))
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	},
	"http": func() {
		calls := 0
		answer := func(w http.ResponseWriter, r *http.Request) {
			if calls++; calls < 3 { // one after the other: it is asked by one client only
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			fmt.Println("asked for", r.URL)
		}
		serve(answer)
	},
	"http without Socket.IO": func() {
		calls := 0
		answer := func(w http.ResponseWriter, r *http.Request) {
			if calls++; calls == 2 {
				hold("child") // the first answer has arrived
			}
			http.NotFound(w, r)
		}
		serve(answer)
	},
}

// lifelines keeps the connections reachable.
var lifelines []net.Conn

// hold dials the lifeline, if there is one, and says a name. The connection ends with the process.
func hold(name string) net.Conn {
	address := os.Getenv(childLifeline)
	if address == "" {
		return nil
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
	fmt.Fprintln(conn, name)
	lifelines = append(lifelines, conn)
	return conn
}

func listenAndSay() {
	l, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("SIO_PORT"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
	fmt.Printf("listening on http://%s\n", l.Addr())
}

// serve answers HTTP requests and says nothing.
func serve(answer http.HandlerFunc) {
	go func() {
		fmt.Fprintln(os.Stderr, http.ListenAndServe("127.0.0.1:"+os.Getenv("SIO_PORT"), answer))
		os.Exit(9)
	}()
	untilTerminated()
}

// terminated is asked for before anything is said, so that nobody can be faster than it.
var terminated = make(chan os.Signal, 1)

func untilTerminated() { <-terminated }

// forever blocks. A signal that is asked for keeps the runtime from calling it a deadlock.
func forever() {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt)
	for range c {
		continue
	}
}

// startGrandchild runs this program once more and returns when it holds its lifeline.
func startGrandchild(mode string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childMode+"="+mode)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
}
