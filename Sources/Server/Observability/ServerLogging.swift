import Logging

/// Sets up logging for a process.
public enum ServerLogging {
    /// Call once, before anything logs.
    public static func bootstrap(format: LogFormat, level: Logger.Level) {
        LoggingSystem.bootstrap { StderrLogHandler(label: $0, format: format, level: level) }
    }
}
