//! The attacks, in one place: the guest does each, and the tests expect an outcome for each. A new one that either side
//! does not know does not compile.

macro_rules! attacks {
    ($($(#[doc = $doc:literal])+ $attack:ident = $name:literal,)+) => {
        /// Something that a plugin must not get away with.
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
