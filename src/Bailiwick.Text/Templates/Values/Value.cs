namespace Bailiwick.Text.Templates.Values;

/// <summary>A value of a template, with the behaviour of its Python counterpart. Immutable unless it says otherwise.</summary>
internal abstract class Value
{
    /// <summary>The Python type name, for messages.</summary>
    public abstract string TypeName { get; }

    /// <summary>Python truthiness.</summary>
    public virtual bool IsTrue => true;

    /// <summary>How deep containers nest in it: 0 for a scalar. Bounded, so that walks over values may recurse.</summary>
    public virtual int Depth => 0;

    /// <summary>Steps that a walk over it takes (comparing, hashing): its nodes and 1/32 of its characters.</summary>
    public virtual long Size => 1;

    public static BoolValue Of(bool value) => value ? BoolValue.True : BoolValue.False;
}

/// <summary>A name, attribute or item that does not exist: prints as nothing, is empty and false, and fails otherwise.</summary>
internal sealed class UndefinedValue(string description) : Value
{
    /// <summary>For the error message. Names come from the template, so it holds no payload.</summary>
    public string Description { get; } = description;

    public override string TypeName => "Undefined";

    public override bool IsTrue => false;
}

internal sealed class NoneValue : Value
{
    public static readonly NoneValue None = new();

    private NoneValue()
    {
    }

    public override string TypeName => "NoneType";

    public override bool IsTrue => false;
}

internal sealed class BoolValue : Value
{
    public static readonly BoolValue True = new(true);
    public static readonly BoolValue False = new(false);

    private BoolValue(bool value) => IsTrue = value;

    public override string TypeName => "bool";

    public override bool IsTrue { get; }
}
