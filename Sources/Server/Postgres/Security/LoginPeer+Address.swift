import NIOCore

extension LoginPeer {
    /// - Parameter address: the connection's remote address; nil when the system does not know it any more, which counts as far away.
    init(user: String, remote address: SocketAddress?, isTLS: Bool) {
        self.user = user
        self.isTLS = isTLS
        switch address {
        case .v4, .v6:
            self.address = address?.ipAddress ?? ""
            isLoopback = Self.isLoopback(address)
        case .unixDomainSocket:
            self.address = "local"
            isLoopback = true
        case nil:
            self.address = ""
            isLoopback = false
        }
    }

    /// 127.0.0.0/8, `::1`, and the former in its IPv6 form.
    private static func isLoopback(_ address: SocketAddress?) -> Bool {
        switch address {
        case .v4(let v4):
            return withUnsafeBytes(of: v4.address.sin_addr) { $0.first == 127 }
        case .v6(let v6):
            return withUnsafeBytes(of: v6.address.sin6_addr) { bytes in
                let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
                return bytes.elementsEqual([UInt8](repeating: 0, count: 15) + [1]) || (isMapped && bytes[12] == 127)
            }
        case .unixDomainSocket, nil: return false
        }
    }
}
