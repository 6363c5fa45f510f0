import CSQLite

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Count, mean and squared deviations, kept by Welford's method (forwards and backwards).
struct Variance: BitwiseCopyable {
    var count: Double
    var mean: Double
    var squares: Double

    @inline(__always)
    mutating func add(_ x: Double) {
        count += 1
        let delta = x - mean
        mean += delta / count
        squares += delta * (x - mean)
    }

    mutating func remove(_ x: Double) {
        count -= 1
        if count <= 0 { self = Variance(count: 0, mean: 0, squares: 0); return }
        let delta = x - mean
        mean -= delta / count
        // One value deviates from nothing; what arithmetic left over must not show.
        squares = count == 1 ? 0 : max(0, squares - delta * (x - mean))
    }

    var population: Double? { count > 0 ? squares / count : nil }
    var sample: Double? { count > 1 ? squares / (count - 1) : nil }
}

/// Sums of the first four powers.
private struct Powers: BitwiseCopyable {
    var count: Double
    var first: Double
    var second: Double
    var third: Double
    var fourth: Double

    mutating func add(_ x: Double, _ sign: Double) {
        count += sign
        first += sign * x
        second += sign * x * x
        third += sign * x * x * x
        fourth += sign * x * x * x * x
    }

    var skewness: Double? {
        guard count > 2 else { return nil }
        let part = 1 / count
        let deviation = max(0, pow(part * (second - first * first * part), 3)).squareRoot()
        guard deviation != 0 else { return nil }
        let correction = (count * (count - 1)).squareRoot() / (count - 2)
        return correction * part * (third - 3 * second * first * part + 2 * pow(first, 3) * part * part) / deviation
    }

    private var centralMoments: (second: Double, fourth: Double)? {
        let part = 1 / count
        let m4 = part * (fourth - 4 * third * first * part + 6 * second * first * first * part * part - 3 * pow(first, 4) * pow(part, 3))
        let m2 = part * (second - first * first * part)
        return m2 > 0 ? (m2, m4) : nil
    }

    var kurtosis: Double? {
        guard count > 3, let (m2, m4) = centralMoments else { return nil }
        return (count - 1) * ((count + 1) * m4 / (m2 * m2) - 3 * (count - 1)) / ((count - 2) * (count - 3))
    }

    var populationKurtosis: Double? {
        guard count > 1, let (m2, m4) = centralMoments else { return nil }
        return m4 / (m2 * m2) - 3
    }
}

/// Two variables: the variance of each and their common moment.
private struct Covariance: BitwiseCopyable {
    var x: Variance
    var y: Variance
    var common: Double

    mutating func add(_ yValue: Double, _ xValue: Double) {
        let deltaX = xValue - x.mean
        x.add(xValue)
        y.add(yValue)
        common += deltaX * (yValue - y.mean)
    }

    mutating func remove(_ yValue: Double, _ xValue: Double) {
        let meanY = y.mean
        x.remove(xValue)
        y.remove(yValue)
        common = x.count <= 1 ? 0 : common - (xValue - x.mean) * (yValue - meanY)
    }

    var population: Double? { x.count > 0 ? common / x.count : nil }

    var correlation: Double? {
        guard let covariance = population, let vx = x.population, let vy = y.population, vx > 0, vy > 0 else { return nil }
        return covariance / (vx.squareRoot() * vy.squareRoot())
    }

    var slope: Double? {
        guard let covariance = population, let vx = x.population, vx > 0 else { return nil }
        return covariance / vx
    }
}

extension FunctionList {
    /// Deviations, moments, covariances, regressions.
    mutating func addStatistics() {
        addVariances()
        addMoments()
        addCovariances()
    }

    private mutating func addVariances() {
        let step: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            aggregateState(context, Variance.self)?.pointee.add(call.double(0))
        }
        let inverse: ScalarCallback = { context, count, arguments in
            guard let call = Call(context, count, arguments) else { return }
            aggregateState(context, Variance.self)?.pointee.remove(call.double(0))
        }
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, Variance.self)?.pointee else { return }
            switch out.tag {
            case 0: out.result(state.sample)
            case 1: out.result(state.population)
            case 2: out.result(state.sample?.squareRoot())
            case 3: out.result(state.population?.squareRoot())
            default: out.result(state.population.map { ($0 / state.count).squareRoot() })
            }
        }
        for (name, tag) in [("var_samp", 0), ("var_pop", 1), ("stddev_samp", 2), ("stddev_pop", 3), ("sem", 4)] {
            aggregate("bl_\(name)", 1, tag: tag, step: step, final: final, value: final, inverse: inverse)
        }
    }

    private mutating func addMoments() {
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context), let state = existingState(context, Powers.self)?.pointee else { return }
            switch out.tag {
            case 0: out.result(state.skewness)
            case 1: out.result(state.kurtosis)
            default: out.result(state.populationKurtosis)
            }
        }
        for (name, tag) in [("skewness", 0), ("kurtosis", 1), ("kurtosis_pop", 2)] {
            aggregate(
                "bl_\(name)", 1, tag: tag,
                step: { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    aggregateState(context, Powers.self)?.pointee.add(call.double(0), 1)
                }, final: final, value: final,
                inverse: { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    aggregateState(context, Powers.self)?.pointee.add(call.double(0), -1)
                })
        }
    }

    private mutating func addCovariances() {
        let final: FinalCallback = { context in
            guard let out = AggregateResult(context) else { return }
            guard let state = existingState(context, Covariance.self)?.pointee, state.x.count > 0 else {
                if out.tag == 6 { out.result(Int64(0)) }
                return
            }
            let n = state.x.count
            switch out.tag {
            case 0: out.result(state.population)
            case 1: out.result(n > 1 ? state.common / (n - 1) : nil)
            case 2: out.result(state.correlation)
            case 3: out.result(state.slope)
            case 4: out.result(state.slope.map { state.y.mean - $0 * state.x.mean })
            case 5:
                guard let vx = state.x.population, vx > 0 else { return }
                if state.y.population == 0 { out.result(1.0) } else { out.result(state.correlation.map { $0 * $0 }) }
            case 6: out.result(Int64(n))
            case 7: out.result(state.x.mean)
            case 8: out.result(state.y.mean)
            case 9: out.result(state.x.squares)
            case 10: out.result(state.y.squares)
            default: out.result(state.common)
            }
        }
        let names = [
            "covar_pop", "covar_samp", "corr", "regr_slope", "regr_intercept", "regr_r2", "regr_count", "regr_avgx", "regr_avgy", "regr_sxx",
            "regr_syy", "regr_sxy",
        ]
        for (tag, name) in names.enumerated() {
            aggregate(
                "bl_\(name)", 2, tag: tag,
                step: { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    aggregateState(context, Covariance.self)?.pointee.add(call.double(0), call.double(1))
                }, final: final, value: final,
                inverse: { context, count, arguments in
                    guard let call = Call(context, count, arguments) else { return }
                    aggregateState(context, Covariance.self)?.pointee.remove(call.double(0), call.double(1))
                })
        }
    }
}
