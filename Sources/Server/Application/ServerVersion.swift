/// The version this server reports of itself.
public enum ServerVersion {
    public static let current = "0.1.0"
}
