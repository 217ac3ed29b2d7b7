//! The attacks, in one place: the guest does each, and the tests expect an outcome for each. A new one that either side does not know
//! does not compile.

macro_rules! attacks {
    ($($(#[doc = $doc:literal])+ $attack:ident = $name:literal,)+) => {
        /// Something that reaches outside of the sandbox.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Attack {
            $($(#[doc = $doc])+ $attack,)+
        }

        impl Attack {
            /// All of them.
            pub(crate) const ALL: &[Attack] = &[$(Attack::$attack,)+];

            /// As settings spell it.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $(Attack::$attack => $name,)+
                }
            }
        }
    };
}

attacks! {
    /// Writes to its standard output without end.
    FloodOutput = "flood standard output",
    /// Writes to its error output without end.
    FloodErrors = "flood error output",
    /// Writes to its error output much, with control characters, and crashes.
    LastWords = "endless last words",
    /// Looks for the process's environment, arguments, folders and input.
    LookAround = "look around",
    /// Opens sockets past the portal, and asks the machine for names.
    OpenSockets = "open sockets",
    /// Asks for a gigabyte of random bytes at once.
    DrainRandom = "drain randomness",
    /// Ends the process.
    Exit = "exit",
    /// Waits on WASI's clock for ever.
    Sleep = "sleep for ever",
    /// Follows a server that leads to the addresses of the cloud's own.
    FollowRedirects = "follow redirects",
    /// Reads an answer without end.
    EndlessAnswer = "endless answer",
    /// Reads an answer that says it is larger than anything.
    AnnouncedAnswer = "announced answer",
    /// Reads an answer of headers without end.
    EndlessHeaders = "endless headers",
    /// Asks a server that never answers.
    SilentServer = "silent server",
    /// Reads an answer that stops in the middle.
    StallingServer = "stalling server",
    /// Asks a server that breaks off in the middle.
    BrokenServer = "broken server",
    /// Asks a server that says back what it was sent, for the secret that came along.
    EchoSecret = "echoed secret",
    /// Holds more connections than it may.
    ManyConnections = "many connections",
}
