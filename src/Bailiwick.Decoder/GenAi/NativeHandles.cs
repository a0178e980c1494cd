using System.Runtime.InteropServices;

namespace Bailiwick.Decoder.GenAi;

/// <summary>
/// A native object with one owner. A child holds a reference on its parent, so that no order of disposal can free
/// a model under a generator. The owner thread disposes; the finalizer is a net for a process that is going down.
/// </summary>
internal abstract class NativeHandle : SafeHandle
{
    private readonly SafeHandle? _parent;

    protected NativeHandle(nint value, SafeHandle? parent)
        : base(0, ownsHandle: true)
    {
        if (parent is not null)
        {
            var added = false;
            parent.DangerousAddRef(ref added);
            _parent = parent;
        }

        SetHandle(value);
    }

    public sealed override bool IsInvalid => handle == 0;

    protected abstract void Free();

    protected sealed override bool ReleaseHandle()
    {
        Free();
        _parent?.DangerousRelease();
        return true;
    }
}

internal sealed class ConfigHandle(nint value) : NativeHandle(value, parent: null)
{
    protected override void Free() => GenAiNative.OgaDestroyConfig(handle);
}

internal sealed class ModelHandle(nint value) : NativeHandle(value, parent: null)
{
    protected override void Free() => GenAiNative.OgaDestroyModel(handle);
}

internal sealed class GeneratorParamsHandle(nint value, ModelHandle model) : NativeHandle(value, model)
{
    protected override void Free() => GenAiNative.OgaDestroyGeneratorParams(handle);
}

internal sealed class GeneratorHandle(nint value, ModelHandle model) : NativeHandle(value, model)
{
    protected override void Free() => GenAiNative.OgaDestroyGenerator(handle);
}

/// <summary>A tensor over a buffer of ours, which the owner of this handle frees after it.</summary>
internal sealed class TensorHandle(nint value) : NativeHandle(value, parent: null)
{
    protected override void Free() => GenAiNative.OgaDestroyTensor(handle);
}
