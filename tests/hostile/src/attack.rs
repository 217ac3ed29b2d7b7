//! The attacks, in one place: the guest does each, and the tests expect an outcome for each. A new one that either side
//! does not know does not compile.

macro_rules! attacks {
    ($(#[doc = $what:literal])+ $kind:ident: $($(#[doc = $doc:literal])+ $attack:ident = $name:literal,)+) => {
        $(#[doc = $what])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $kind {
            $($(#[doc = $doc])+ $attack,)+
        }

        impl $kind {
            /// All of them.
            pub(crate) const ALL: &[$kind] = &[$($kind::$attack,)+];

            /// As settings and inputs spell it.
            pub(crate) fn name(self) -> &'static str {
                match self {
                    $($kind::$attack => $name,)+
                }
            }
        }
    };
}

attacks! {
    /// Something that a plugin must not get away with.
    Attack:
    /// None: puts one entity and commits. What a healthy plugin does beside all the others.
    Nothing = "nothing",
    /// Returns at once. What a call costs is measured with it.
    Return = "return",
    /// None: hands on what the addresses in its settings answer, as an honest plugin does.
    Relay = "relay",
    /// None: hands over a hundred thousand documents and commits none. What handing over costs is measured with it.
    HandOverMany = "hand over many",

    /// Computes for ever.
    Spin = "spin",
    /// Calls the host for ever, so that it is never seen computing for long.
    SpinInHostCalls = "spin in host calls",
    /// Says that it makes progress, for ever.
    EndlessProgress = "endless progress",
    /// Waits by looking at nothing, for ever, and asks between whether it should stop, without ever heeding it.
    IgnoreCancel = "ignore cancel",
    /// Ends when it is asked to.
    HeedCancel = "heed cancel",
    /// Waits for ever, whatever it is asked.
    WaitForEver = "wait for ever",

    /// Allocates more than it may have, at once.
    AllocateAtOnce = "allocate at once",
    /// Allocates a little more each time, until it may no more.
    AllocateGradually = "allocate gradually",
    /// Allocates until it may no more, notices, and says so.
    AllocateWithCare = "allocate with care",
    /// Asks for impossible growths, so that accounts are given back that were never taken.
    GrowBeyondTheType = "grow beyond the type",

    /// Calls itself without end, with things on its stack, until that runs out of its memory.
    Recurse = "recurse",
    /// Calls itself without end and keeps nothing in memory, so that the engine's own stack is what grows.
    RecurseOnTheEnginesStack = "recurse on the engine's stack",
    /// Panics with a message.
    Panic = "panic",
    /// Ends in an instruction that cannot be reached.
    Unreachable = "unreachable",
    /// Returns an error of a megabyte with control characters.
    HugeError = "huge error",

    /// Hands over a text of a gigabyte that it does not have.
    TextOutsideOfMemory = "text outside of memory",
    /// Hands over a text that is larger than the portal takes in one call.
    HugeText = "huge text",
    /// Hands over bytes that are no text.
    TextThatIsNone = "text that is none",
    /// Hands over a list of more elements than memory could hold.
    ListOutsideOfMemory = "list outside of memory",
    /// Names a handle that it never had.
    ForgedHandle = "forged handle",
    /// Uses a session after it has given it away.
    CommittedTwice = "committed twice",

    /// Opens sessions without end.
    ManySessions = "many sessions",
    /// Opens a session of more files than a session speaks of.
    SessionOfManyFiles = "session of many files",
    /// Opens two sessions for one scope.
    SameScopeTwice = "same scope twice",
    /// Leaves a session open with an entity in it.
    SessionLeftOpen = "session left open",
    /// Drops a session with an entity in it, and goes on.
    SessionDropped = "session dropped",
    /// Puts an entity and then crashes before it commits.
    CrashBeforeCommit = "crash before commit",
    /// Names a scope with a megabyte.
    HugeScope = "huge scope",
    /// Names a cursor of a megabyte.
    HugeCursor = "huge cursor",

    /// Puts documents that are no JSON, no entity, or not valid ones.
    MalformedDocuments = "malformed documents",
    /// Puts a document of two megabytes.
    HugeDocument = "huge document",
    /// Puts a document of a thousand levels.
    DeepDocument = "deep document",
    /// Puts more documents in one call than are taken.
    ManyDocuments = "many documents",
    /// Puts documents until the portal holds no more.
    DocumentsWithoutEnd = "documents without end",
    /// Puts the same entity many times.
    DuplicateNames = "duplicate names",
    /// Reports problems without end.
    ProblemsWithoutEnd = "problems without end",
    /// Puts documents that are refused, without end.
    RefusalsWithoutEnd = "refusals without end",
    /// Puts one document that breaks the rules in a hundred thousand places.
    ManyViolations = "many violations",
    /// Names places of a megabyte and parents that are none.
    HostilePlaces = "hostile places",

    /// Attaches facts that are none, too large, too deep, too many, or to nobody.
    HostileFacts = "hostile facts",
    /// Attaches facts until the portal holds no more.
    FactsWithoutEnd = "facts without end",

    /// Writes lines without end.
    LogFlood = "log flood",
    /// Writes a line of a megabyte with control characters.
    HugeLogLine = "huge log line",
    /// Reads entities of kinds that it was not granted, by name and by every question that seems to lead there.
    CatalogNotGranted = "catalog not granted",
    /// Asks the catalog for more than anybody may have at once, with questions of a megabyte and cursors of its own making.
    CatalogWithoutEnd = "catalog without end",
    /// Brings in kinds that it was not granted, and attaches to others.
    KindsNotGranted = "kinds not granted",

    /// Pushes objects that are none, too large, or of kinds that are none.
    MalformedObjects = "malformed objects",
    /// Pushes objects until the portal holds no more.
    ObjectsWithoutEnd = "objects without end",
    /// Pushes objects of which no mapping makes anything.
    UnmappedObjects = "unmapped objects",

    /// Puts a document of its own kind, for whoever processes it.
    Feed = "feed",
    /// Puts thousands of such documents, until one is refused.
    FeedWithoutEnd = "feed without end",

    /// Draws a card of a thousand blocks.
    ManyBlocks = "many blocks",
    /// Draws a card of megabytes.
    HugeCard = "huge card",
    /// Draws numbers that are none.
    NumbersThatAreNone = "numbers that are none",
    /// Draws a table whose rows have other cells than it has columns.
    CrookedTable = "crooked table",
    /// Draws a chart of a million points.
    ManyPoints = "many points",
    /// Draws a card that would run script, turn the direction of writing, and lead out of the browser's page.
    CardOfScript = "card of script",
    /// Draws a form that is no schema.
    FormThatIsNone = "form that is none",
    /// Draws a time that no calendar has.
    TimeThatIsNone = "time that is none",
    /// Names an entity that can be none.
    EntityThatIsNone = "entity that is none",
    /// Brings data in where a card is only drawn.
    CardThatIngests = "card that ingests",

    /// Makes another entity of a document.
    AnotherEntity = "another entity",
    /// Makes no document of a document.
    NoEntity = "no entity",
    /// Answers fewer documents than it was given.
    FewAnswers = "few answers",
    /// Has documents of kinds follow that are not its own.
    ForeignKinds = "foreign kinds",
    /// Has documents follow without end.
    ManyEmitted = "many emitted",
    /// Makes large documents of small ones.
    GrowInProcess = "grow in process",
    /// Breaks off at one document among many.
    BreakOffAtOne = "break off at one",
    /// Brings data in where a document is only processed.
    ProcessThatIngests = "process that ingests",

    /// Refuses every change, for ever.
    RefuseChanges = "refuse changes",
    /// Answers every change with another one, for ever.
    FeedOnChanges = "feed on changes",

    /// Answers a request with megabytes.
    HugeAnswer = "huge answer",
    /// Answers with a status and headers that are the portal's own.
    ForbiddenAnswer = "forbidden answer",

    /// Finds things without end where it finds out how it stands.
    FindingsWithoutEnd = "findings without end",
    /// Finds something of megabytes with control characters.
    HugeFinding = "huge finding",
    /// Brings data in where it only finds out how it stands.
    CheckThatIngests = "check that ingests",
    /// Opens answers without end, where it follows somebody.
    AnswersWithoutEnd = "answers without end",

    /// Keeps more state than it may.
    StateOverItsSize = "state over its size",
    /// Keeps state under keys that are none.
    HostileKeys = "hostile keys",

    /// Asks hosts that it was not granted, in all the ways that confuse.
    HttpNotGranted = "http not granted",
    /// Asks for addresses that no name stands for, and for names that lead to private ones.
    HttpPrivate = "http private",
    /// Sends requests without end, whatever becomes of each.
    HttpWithoutEnd = "http without end",
    /// Sends headers that belong to the host, and headers without end.
    HttpHeaders = "http headers",
    /// Reads repositories that it was not granted.
    RepositoryNotGranted = "repository not granted",
    /// Climbs out of a repository that it was granted.
    RepositoryTraversal = "repository traversal",
    /// Reads files outside of the granted folder, by every path and link that seems to lead there.
    FilesNotGranted = "files not granted",
    /// Opens trees without end.
    ManySnapshots = "many snapshots",
    /// Searches with patterns without end.
    ManyPatterns = "many patterns",
}

attacks! {
    /// Something that an action must not get away with, which only the workspace of a task and the portal's work for steps allow.
    Trespass:

    /// Looks for the process's environment, its arguments, and for folders beside those of the task.
    LookAround = "look around a task",
    /// Reads, writes, moves and removes what lies outside of the workspace, by every path that seems to lead there.
    PathsOut = "paths out of the workspace",
    /// Makes links that lead out: absolute ones, relative ones, and ones through other links; and goes through them.
    LinksOut = "links out of the workspace",
    /// Puts a link in the place of what the portal has just looked at.
    LinkAfterLook = "link after a look",
    /// Makes hard links to files outside of the workspace.
    HardLinksOut = "hard links out of the workspace",
    /// Writes to the folder of a template that is only read.
    TemplateWritten = "template written",
    /// Gives files names of control characters, of other directions of writing, and of more bytes than a name has.
    OddNames = "odd names",

    /// Writes one file without end.
    LargeFile = "large file",
    /// Writes small files without end.
    SmallFiles = "small files",
    /// Makes files that are larger than the disk, without writing to them.
    SparseFiles = "sparse files",
    /// Writes to files that it has removed, or replaced, while they are open.
    RemovedFiles = "removed files",
    /// Writes too much and ends at once.
    WriteAndReturn = "write and return",
    /// Makes folders in folders without end.
    DeepFolders = "deep folders",
    /// Makes folders in folders whose path is longer than a system takes.
    LongPaths = "long paths",
    /// Makes empty files without end.
    ManyEntries = "many entries",
    /// Opens files without end.
    ManyFiles = "many files",
    /// Lists a folder again and again, and keeps the lists.
    ManyListings = "many listings",
    /// Lists a folder of tens of thousands of files.
    FullFolder = "full folder",
    /// Has the disk waited for, without end.
    SyncWithoutEnd = "sync without end",

    /// Pushes to repositories that it was not granted.
    PushNotGranted = "push not granted",
    /// Pushes links that lead out of what is pushed.
    PushedLinks = "pushed links",
    /// Pushes what Git itself would read: settings and hooks.
    PushedGit = "pushed git",
    /// Pushes commits of a megabyte, by authors of several lines, to branches that are none.
    HostilePush = "hostile push",
    /// Copies what a repository holds to places outside of the workspace, and links that lead out into it.
    CopiedOut = "copied out",
    /// Copies out of a repository without end.
    CopyWithoutEnd = "copy without end",

    /// Answers more than an output may be.
    HugeOutput = "huge output",
    /// Answers what is no JSON.
    OutputThatIsNone = "output that is none",
    /// Answers something else than its schema says, with control characters.
    OutputOfAnotherShape = "output of another shape",
    /// Says the secrets of its input in its log, its output and its error, as they are and as they are written elsewhere.
    SecretsTold = "secrets told",

    /// Has things happen outside of the workspace in a dry run: requests, pushes, registrations, and what it brings in.
    DryRunEffects = "dry run effects",
}
