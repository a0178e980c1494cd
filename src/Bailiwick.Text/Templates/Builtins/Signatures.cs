using Bailiwick.Text.Templates.Evaluation;
using Bailiwick.Text.Templates.Values;

namespace Bailiwick.Text.Templates.Builtins;

/// <summary>What stands behind a <c>|</c>.</summary>
internal delegate Value Filter(Budget budget, Value input, Arguments arguments);

/// <summary>What stands behind <c>is</c>.</summary>
internal delegate bool Test(Budget budget, Value input, Arguments arguments);

/// <summary>What stands behind a dot and before a call.</summary>
internal delegate Value Method(Budget budget, Value subject, Arguments arguments);
