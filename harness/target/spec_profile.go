package target

import (
	"slices"
	"strconv"
	"time"
)

// A Profile is a set of server options under which a target is started. It is described in docs/contract.md, section 6.
type Profile struct {
	Name           string
	PingInterval   time.Duration
	PingTimeout    time.Duration
	ConnectTimeout time.Duration
	UpgradeTimeout time.Duration
	MaxPayload     int64         // bytes
	Recovery       time.Duration // for how long a lost connection can be recovered; 0: not at all
	Middlewares    bool          // they run again for what is recovered
}

// Profiles returns the profiles of the contract: default, fast, small, recovery and recovery-fast.
func Profiles() []Profile {
	standard := Profile{
		Name:           "default",
		PingInterval:   25 * time.Second,
		PingTimeout:    20 * time.Second,
		ConnectTimeout: 45 * time.Second,
		UpgradeTimeout: 10 * time.Second,
		MaxPayload:     1_000_000,
	}
	fast, small := standard, standard
	fast.Name = "fast"
	fast.PingInterval, fast.PingTimeout = 1500*time.Millisecond, 1200*time.Millisecond
	fast.ConnectTimeout, fast.UpgradeTimeout = 2000*time.Millisecond, 1200*time.Millisecond
	small.Name = "small"
	small.MaxPayload = 10_000
	recovery, recoveryFast := standard, fast
	recovery.Name = "recovery"
	recovery.Recovery = 20 * time.Second
	recoveryFast.Name = "recovery-fast"
	recoveryFast.Recovery, recoveryFast.Middlewares = 6*time.Second, true
	return []Profile{standard, fast, small, recovery, recoveryFast}
}

// ProfileNames returns the names of the profiles of the contract.
func ProfileNames() []string { return namesOf(Profiles()) }

// StandardProfileNames returns the names of the profiles that need nothing which a server may lack: those that are meant where none are named.
func StandardProfileNames() []string {
	return namesOf(slices.DeleteFunc(Profiles(), func(p Profile) bool { return p.Recovery > 0 }))
}

func namesOf(profiles []Profile) []string {
	names := make([]string, 0, len(profiles))
	for _, p := range profiles {
		names = append(names, p.Name)
	}
	return names
}

// ProfileByName returns the profile of the contract with that name.
func ProfileByName(name string) (Profile, bool) {
	all := Profiles()
	i := slices.IndexFunc(all, func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return all[i], true
}

// An option is a server option that reaches a target as a placeholder and as an environment variable.
type option struct {
	placeholder string
	variable    string
	value       string
}

// options returns everything that a target is told: the options of the profile, the path and the port, "0" for any.
func (p Profile) options(port, path string) []option {
	ms := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	return []option{
		{"{port}", "SIO_PORT", port},
		{"{path}", "SIO_PATH", path},
		{"{ping-interval}", "SIO_PING_INTERVAL", ms(p.PingInterval)},
		{"{ping-timeout}", "SIO_PING_TIMEOUT", ms(p.PingTimeout)},
		{"{connect-timeout}", "SIO_CONNECT_TIMEOUT", ms(p.ConnectTimeout)},
		{"{upgrade-timeout}", "SIO_UPGRADE_TIMEOUT", ms(p.UpgradeTimeout)},
		{"{max-payload}", "SIO_MAX_PAYLOAD", strconv.FormatInt(p.MaxPayload, 10)},
		{"{recovery}", "SIO_RECOVERY", ms(p.Recovery)},
		{"{recovery-middlewares}", "SIO_RECOVERY_MIDDLEWARES", strconv.FormatBool(p.Middlewares)},
	}
}
